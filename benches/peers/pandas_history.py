"""The histories of a ledger by pandas and numpy: whole columns at a time, no loop over rows.

A document is the row its postings name, so amounts are taken by position instead of merged; balances are running sums
over postings sorted by document; open items are repeated once a month they stay open, then grouped.

    python pandas_history.py --ledger DIR --from 2022-01 --to 2025-12 --out DIR
"""

import sys
import time

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet

from ledger import (CASH, CASH_APPLIED, CREDIT, CREDIT_APPLIED, CREDIT_NOTE, DISCOUNT, FINANCE_CHARGE, RECOVERY, REFUND, REVERSAL,
                    WRITE_OFF, arguments, facts, month_ends, table)

args = arguments(__doc__)
pyarrow.set_cpu_count(args.threads)
ends = np.array(month_ends(args.first, args.last))
N, LAST = len(ends) - 1, ends[-1]
NO_DUE_DATE = np.int32(2**31 - 1)
KINDS = {"invoiced": (1, 0), "debit_notes": (1, 2), "charges": (1, FINANCE_CHARGE), "credit_notes": (-1, CREDIT_NOTE)}
NATURES = {"cash": (-1, [CASH]), "credits": (-1, [CREDIT]), "discounts": (-1, [DISCOUNT]), "write_offs": (-1, [WRITE_OFF]),
           "refunds": (1, [REFUND]), "reversals": (1, [REVERSAL]), "applied": (1, [CASH_APPLIED, CREDIT_APPLIED]),
           "recoveries": (-1, [RECOVERY])}
STATES = ["no_due_date", "not_due", "days_1_30", "days_31_60", "days_61_90", "days_91_120", "days_121_plus"]
MOVED = ["collected", "credited", "discounted", "written_off", "reversed"]
started = time.perf_counter()


def say(what: str) -> None:
    print(f"  {what}: {time.perf_counter() - started:.2f} s", file=sys.stderr)


def read(name: str, *columns: str) -> dict[str, np.ndarray]:
    """Reads columns of facts as numbers, days as days since 1970, a missing due day as one that never comes."""
    columns_of = pyarrow.parquet.read_table(facts(args.ledger, name), columns=list(columns))
    found = {}
    for column in columns:
        values = columns_of.column(column)
        if pyarrow.types.is_date32(values.type):
            values = values.cast(pyarrow.int32())
        if column == "due_on":
            values = values.cast(pyarrow.int64()).fill_null(int(NO_DUE_DATE))
        kind = {"amount": np.int64, "delta": np.int64, "kind": np.int8, "nature": np.int8, "money": np.int8}.get(column, np.int32)
        found[column] = values.to_numpy().astype(kind)
    return found


def place(days: np.ndarray) -> np.ndarray:
    """Returns the place of each day's month: -1 before the first, N after the last."""
    months = np.searchsorted(ends, np.arange(days.min(), days.max() + 1)) - 1
    return months.astype(np.int8)[days - days.min()]


def state(due: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Returns the state of open items on a day, by rank: no due date, not due, then the buckets."""
    ranks = np.searchsorted([0, 30, 60, 90, 120], np.arange(-1, 122)).astype(np.int8) + 1
    return np.where(due == NO_DUE_DATE, np.int8(0), ranks[np.clip(day - due, -1, 121) + 1])


def did(nature: np.ndarray, money: np.ndarray) -> np.ndarray:
    """Returns what each posting did: 0 collected, 1 credited, 2 discounted, 3 written off, 4 taken back."""
    by_money = np.array([0, 0, 1, 0, 2, 3, 4, 0, 0], np.int8)
    return np.where((nature == REFUND) | (nature == REVERSAL), np.int8(4), by_money[money])


def summed(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.groupby(keys, sort=False, observed=True).sum()


def write(name: str, frame: pd.DataFrame) -> None:
    """Writes a table of results, currencies by their letters."""
    frame = frame.reset_index()
    g = groups[frame.pop("g").to_numpy()]
    frame.insert(0, "currency", [bytes([key >> 16 & 255, key >> 8 & 255, key & 255]).decode() for key in (g // 1000).tolist()])
    if args.by:
        frame.insert(1, "value", [words[key] for key in (g % 1000).tolist()])
    frame.to_csv(args.out / f"{name}.csv", index=False)


def words_of_customers() -> tuple[list[str], np.ndarray]:
    """Returns the values of the attribute and which of them each customer has in the last month; one value for all without."""
    n_customers = documents["customer"].max() + 1
    if not args.by:
        return [""], np.zeros(n_customers, np.int64)
    versions = pd.DataFrame(read("versions", "customer", "valid_from", "row"))
    customers = pyarrow.parquet.read_table(table(args.ledger, "customers"), columns=[args.by]).column(0).to_pylist()
    versions = versions[versions["valid_from"] <= LAST].sort_values("valid_from", kind="stable").groupby("customer").last()
    values = pd.Series([customers[row] or "" for row in versions["row"]], index=versions.index)
    values = values.reindex(range(n_customers), fill_value="")
    words, word = np.unique(values.to_numpy(), return_inverse=True)
    return list(words), word.astype(np.int64)


documents = read("documents", "customer", "kind", "currency", "issued_on", "due_on", "amount")
postings = read("postings", "document", "on", "delta", "nature", "money")
loose = pd.concat([pd.DataFrame(read(name, "customer", "on", "delta", "currency", "nature", "money")) for name in ("unapplied", "recoveries")])
say("read")

words, word = words_of_customers()
key = documents.pop("currency").astype(np.int64) * 1000 + word[documents["customer"]]
loose_key = loose.pop("currency").astype(np.int64) * 1000 + word[loose["customer"]]
groups = np.unique(np.concatenate([key, loose_key]))
loose["g"], g = (np.searchsorted(groups, keys).astype(np.int16) for keys in (loose_key, key))
loose["pm"] = place(loose["on"].to_numpy())
loose = loose[loose["pm"] < N]
im, due, amount, issued_on = place(documents["issued_on"]), documents["due_on"], documents["amount"], documents["issued_on"]
is_claim = documents["kind"] != CREDIT_NOTE
of, pm = postings["document"], place(postings["on"])
seen = pm < N
of, pm, on, delta = of[seen], pm[seen], postings["on"][seen], postings["delta"][seen]
nature, money = postings["nature"][seen], postings["money"][seen]
del postings, seen
rows = pd.MultiIndex.from_product([range(len(groups)), range(N)], names=["g", "m"])


def movements() -> None:
    """Flow, cohorts, sales and receipts, and the DSO inputs that are sums over postings."""
    terms, late = due[of] - issued_on[of], on - due[of]
    applies = is_claim[of] & (due[of] != NO_DUE_DATE) & (money == CASH) & ((nature == CASH) | (nature == CASH_APPLIED))
    moves = summed(pd.DataFrame({
        "g": g[of], "is_claim": is_claim[of], "im": im[of], "pm": pm, "nature": nature, "money": money, "delta": delta,
        "applied": -delta * applies, "applied_terms": -delta * terms * applies, "applied_late": -delta * late * applies,
        "applied_floored": -delta * np.maximum(late, 0) * applies}), ["g", "is_claim", "im", "pm", "nature", "money"]).reset_index()
    is_in = im < N
    issues = pd.DataFrame({"g": g[is_in], "m": im[is_in], "kind": documents["kind"][is_in], "n": 1, "amount": amount[is_in]})
    issues = summed(issues, ["g", "m", "kind"]).reset_index()
    both = pd.concat([moves[["g", "pm", "nature", "money", "delta"]], loose[["g", "pm", "nature", "money", "delta"]]]).rename(columns={"pm": "m"})
    flow = pd.DataFrame(index=rows)
    for name, (sign, kind) in KINDS.items():
        flow[name] = sign * issues[issues["kind"] == kind].groupby(["g", "m"])["amount"].sum()
    for name, (sign, natures) in NATURES.items():
        flow[name] = sign * both[both["nature"].isin(natures)].groupby(["g", "m"])["delta"].sum()
    changes = pd.concat([both.loc[both["nature"] != RECOVERY, ["g", "m", "delta"]],
                         issues[["g", "m", "amount"]].rename(columns={"amount": "delta"})])
    whole = pd.MultiIndex.from_product([range(len(groups)), range(-1, N)], names=["g", "m"])
    balance = changes.groupby(["g", "m"])["delta"].sum().reindex(whole, fill_value=0).groupby("g").cumsum()
    flow["closing"] = balance
    flow["opening"] = balance.groupby("g").shift(1)
    flow = flow.fillna(0).astype(np.int64)
    write("flow", flow)
    sales = flow["invoiced"] + flow["debit_notes"] - flow["credit_notes"]
    write("sales_and_receipts", pd.DataFrame({"sales": sales, "receipts": flow["cash"], "balance": flow["closing"]}))

    claims = moves[moves["is_claim"] & (moves["im"] >= 0)]
    cells = claims.assign(age=np.maximum(claims["pm"] - claims["im"], 0).astype(np.int64), origin=claims["im"].astype(np.int64))
    kind = np.select([cells["money"].isin([CREDIT, CREDIT_APPLIED]), cells["money"] == DISCOUNT, cells["money"] == WRITE_OFF],
                     ["credits", "discounts", "write_offs"], "cash")
    cells = (-cells["delta"]).groupby([cells["g"], cells["origin"], cells["age"], kind]).sum().unstack(fill_value=0)
    entered = summed(issues.loc[(issues["kind"] != CREDIT_NOTE) & (issues["m"] >= 0), ["g", "m", "n", "amount"]], ["g", "m"])
    entered = entered.rename(columns={"n": "n_documents", "amount": "entered"}).rename_axis(["g", "origin"]).reset_index()
    entered = entered.loc[entered.index.repeat(N - entered["origin"])]
    entered["age"] = entered.groupby(["g", "origin"]).cumcount()
    cohorts = entered.set_index(["g", "origin", "age"]).join(cells).fillna(0).astype(np.int64)
    write("cohorts", cohorts.reindex(columns=["n_documents", "entered", "cash", "credits", "discounts", "write_offs"], fill_value=0))

    dso = moves[moves["pm"] >= 0].groupby(["g", "pm"])[["applied", "applied_terms", "applied_late", "applied_floored"]].sum()
    global applied
    applied = dso.rename_axis(["g", "m"]).reindex(rows, fill_value=0)
    gone = both[(both["money"] == WRITE_OFF) | (both["nature"] == RECOVERY)]
    gone = np.where(gone["nature"] == RECOVERY, gone["delta"], -gone["delta"]), gone["g"], gone["m"]
    applied["net_write_offs"] = pd.Series(gone[0]).groupby([gone[1].to_numpy(), gone[2].to_numpy()]).sum().rename_axis(["g", "m"])
    notes = pd.concat([issues.loc[issues["kind"] == CREDIT_NOTE, ["g", "m", "amount"]].rename(columns={"amount": "delta"}),
                       moves.loc[~moves["is_claim"], ["g", "pm", "delta"]].rename(columns={"pm": "m"})])
    is_credit = loose["money"].isin([CREDIT, DISCOUNT, WRITE_OFF]) & (loose["nature"] != RECOVERY)
    is_cash = ~is_credit & (loose["nature"] != RECOVERY)
    waiting = loose[["g", "pm", "delta"]].rename(columns={"pm": "m"})
    global unapplied
    unapplied = pd.DataFrame({
        name: -part.groupby(["g", "m"])["delta"].sum().reindex(whole, fill_value=0).groupby("g").cumsum()
        for name, part in (("unapplied_credits", pd.concat([notes, waiting[is_credit]])), ("unapplied_cash", waiting[is_cash]))})
    unapplied["control"] = balance
    say("movements")


def item_months() -> pd.DataFrame:
    """Returns a row per claim and month in which it is open or something happens to it."""
    claims = is_claim[of]
    what = did(nature, money)
    events = pd.DataFrame({"document": of[claims], "m": pm[claims], "delta": delta[claims], "on": on[claims]})
    key = events["document"].to_numpy().astype(np.int64) * 128 + events["m"].to_numpy() + 1
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    relieves = what[claims] != 4
    last = np.where(relieves, events["on"].to_numpy() * 16 + money[claims], 0)
    # The last money of the month: the postings of a document stand by day, so the last that relieves has the latest place.
    at = np.maximum.reduceat(np.where(relieves, np.arange(len(key)), -1), starts)
    month = pd.DataFrame({"document": events["document"].to_numpy()[starts], "m": events["m"].to_numpy()[starts],
                          "delta": np.add.reduceat(events["delta"].to_numpy(), starts),
                          "last": np.where(at >= 0, last[at], 0).astype(np.int32)})
    for number, name in enumerate(MOVED):
        month[name] = np.add.reduceat(np.where(what[claims] == number, delta[claims], 0), starts)
    del events, key
    of_month = month["document"].to_numpy()
    month["closing"] = amount[of_month] + month.groupby("document", sort=False)["delta"].cumsum().to_numpy()
    month["opening"] = month["closing"] - month["delta"]
    is_first = np.r_[True, of_month[1:] != of_month[:-1]]
    month["next"] = np.r_[np.where(is_first[1:], N, month["m"].to_numpy()[1:]), N].astype(np.int8)
    # Months from issue to the first posting.
    first = np.full(len(amount), N, np.int8)
    first[of_month[is_first]] = month["m"].to_numpy()[is_first]
    issues = np.flatnonzero(is_claim & (im < first))
    issue = pd.DataFrame({"document": issues.astype(np.int32), "m": im[issues], "next": first[issues], "closing": amount[issues],
                          "opening": 0, "last": np.int32(0)})
    every = pd.concat([issue, month.drop(columns="delta")], ignore_index=True)
    del issue, month
    n_months = np.where(every["closing"] != 0, every["next"] - every["m"], 1)
    say("postings by month")
    open_items = every.loc[np.repeat(every.index.to_numpy(), n_months)].reset_index(drop=True)
    del every
    step = np.arange(len(open_items)) - np.repeat(np.cumsum(n_months) - n_months, n_months)
    is_event = step == 0
    open_items["m"] += step.astype(np.int8)
    document = open_items["document"].to_numpy()
    for name in ["opening", "last", *MOVED]:
        open_items[name] = np.where(is_event, open_items[name].fillna(0).to_numpy().astype(np.int64), 0)
    open_items["opening"] = np.where(is_event, open_items["opening"], open_items["closing"])
    is_issue = is_event & (open_items["m"].to_numpy() == im[document])
    open_items["opening"] = np.where(is_issue, amount[document], open_items["opening"])
    open_items["turn"] = np.where(is_issue, 2, np.where(open_items["opening"] > 0, 3, np.where(open_items["closing"] > 0, 1, 0))).astype(np.int8)
    open_items = open_items[open_items["m"] >= 0].drop(columns="next")
    document, m = open_items["document"].to_numpy(), open_items["m"].to_numpy()
    open_items["g"], open_items["age"] = g[document], ends[m + 1] - issued_on[document]
    open_items["before"], open_items["after"] = state(due[document], ends[m]), state(due[document], ends[m + 1])
    say(f"{len(open_items)} item months")
    return open_items


def by_item(frame: pd.DataFrame) -> None:
    """Ageing, roll rates by item and what the DSO needs of open claims."""
    left = np.where(frame["closing"] > 0, frame["closing"], 0)
    aged = pd.DataFrame({"g": frame["g"], "m": frame["m"], "state": frame["after"], "open": left, "open_days": left * frame["age"],
                         "over": np.where(frame["closing"] < 0, -frame["closing"], 0)})
    aged = summed(aged, ["g", "m", "state"])
    ageing = aged["open"].unstack(fill_value=0).reindex(columns=range(7), fill_value=0).set_axis(STATES, axis=1)
    ageing = ageing.reindex(rows, fill_value=0).join(unapplied)
    ageing["unapplied_cash"] += aged["over"].groupby(["g", "m"]).sum().reindex(rows, fill_value=0)
    write("ageing", ageing)
    dso = applied.assign(open_days=aged["open_days"].groupby(["g", "m"]).sum()).fillna(0).astype(np.int64)
    write("dso", dso)

    moves = frame[frame["turn"] > 0]
    way_out = np.select([moves["last"] % 16 == CREDIT, moves["last"] % 16 == WRITE_OFF], [8, 9], 7)
    moves = pd.DataFrame({"g": moves["g"], "m": moves["m"], "origin": np.select([moves["turn"] == 2, moves["turn"] == 1], [7, 8], moves["before"]),
                          "target": np.where(moves["closing"] > 0, moves["after"], way_out), "n": 1,
                          **{name: moves[name] for name in ["opening", "closing", *MOVED]}})
    moves = summed(moves, ["g", "m", "origin", "target"])
    write("roll_counts", moves[["n"]])
    amounts = moves[["opening", *MOVED]].groupby(["g", "m", "origin"]).sum()
    amounts[MOVED] = -amounts[MOVED]
    closing = moves["closing"].unstack(fill_value=0).reindex(columns=range(10), fill_value=0)
    closing = closing[range(7)].set_axis(STATES, axis=1).assign(over_applied=closing[[7, 8, 9]].sum(axis=1))
    write("roll_amounts", amounts.join(closing))
    say("by item")


def by_customer(frame: pd.DataFrame) -> None:
    """Roll rates by customer: the worst item decides."""
    frame = frame[frame["turn"] > 0]
    turn = frame["turn"].to_numpy().astype(np.int32)
    worst = pd.DataFrame({"g": frame["g"], "m": frame["m"], "customer": documents["customer"][frame["document"].to_numpy()],
                          "origin": turn * 16 + frame["before"],
                          "target": turn * 16 + np.where(frame["closing"] > 0, frame["after"] + 1, 0),
                          "last": turn * 2**24 + frame["last"]})
    worst = worst.groupby(["g", "m", "customer"], sort=False).max().reset_index()
    way_out = np.select([worst["last"] % 16 == CREDIT, worst["last"] % 16 == WRITE_OFF], [8, 9], 7)
    turn, target = worst["origin"] // 16, worst["target"] % 16
    moves = pd.DataFrame({"g": worst["g"], "m": worst["m"],
                          "origin": np.select([turn == 2, turn == 1], [7, 8], worst["origin"] % 16),
                          "target": np.where(target > 0, target - 1, way_out), "n": 1})
    write("roll_customers", summed(moves, ["g", "m", "origin", "target"]))
    say("by customer")


movements()
item_frame = item_months()
if args.level != "customer":
    by_item(item_frame)
if args.level != "item":
    by_customer(item_frame)
