"""The histories of a ledger by DuckDB SQL: the fastest statement of each that we could write.

Item level: one join of documents and postings goes into one cube of group, kind, month of issue, due day, month of
payment and kind of money; the months after are expanded from the cube. Documents with several postings (one in ten)
keep their id in the cube, and a window over those alone finds what was open in between. Customer level: a row per open
item and month, because the worst item decides.

    python duckdb_history.py --ledger DIR --from 2022-01 --to 2025-12 --out DIR
"""

import sys
import time

import duckdb

from ledger import CREDIT_NOTE, FINANCE_CHARGE, arguments, facts, month_ends, table

args = arguments(__doc__)
ends = month_ends(args.first, args.last)
N, LAST = len(ends) - 1, ends[-1]
db = duckdb.connect()
db.execute(f"set threads = {args.threads}")


def run(name: str, query: str) -> None:
    """Runs a statement and says how long it took."""
    before, busy = time.perf_counter(), time.process_time()
    db.execute(query)
    print(f"  {name}: {time.perf_counter() - before:.2f} s, {time.process_time() - busy:.2f} s of processor", file=sys.stderr)


def days(path: str, *columns: str) -> str:
    """Reads columns of days as days since 1970, whether the file calls them dates or numbers."""
    types = {row[0]: row[1] for row in db.execute(f"describe select * from '{path}'").fetchall()}
    epoch = "date '1970-01-01'"
    return ", ".join(
        f"""{f'("{column}" - {epoch})' if types[column] == 'DATE' else f'"{column}"'}::int as "{column}" """
        for column in columns)


year, month = map(int, args.first.split("-"))
DOCUMENTS, POSTINGS, UNAPPLIED, RECOVERIES = (
    facts(args.ledger, name) for name in ("documents", "postings", "unapplied", "recoveries"))

db.execute(f"""
create temp table months as
select m::tinyint as m, before::int as before, ends::int as ends
from (select unnest(range({N})) as m, unnest({ends[:-1]}) as before, unnest({ends[1:]}) as ends);

-- The place of a day's month: -1 before the first, {N} after the last.
create macro place(d) as (case when d > {LAST} then {N} when d <= {ends[0]} then -1
    else year(date '1970-01-01' + d) * 12 + month(date '1970-01-01' + d) - {year * 12 + month} end)::tinyint;

-- The state of an open item on a day, by rank: no due date, not due, then the buckets.
create macro state(due, d) as (case when due is null then 0 when d <= due then 1 when d - due <= 30 then 2
    when d - due <= 60 then 3 when d - due <= 90 then 4 when d - due <= 120 then 5 else 6 end)::tinyint;

-- What a posting did: 0 collected, 1 credited, 2 discounted, 3 written off, 4 taken back; a code is nature and kind of money.
create macro did(code) as (case when code >> 4 in (6, 7) or code & 15 = 6 then 4 when code & 15 = 2 then 1
    when code & 15 = 4 then 2 when code & 15 = 5 then 3 else 0 end)::tinyint;
-- How an item leaves the book: 7 paid, 8 credited, 9 written off.
create macro way_out(did) as (case did when 1 then 8 when 3 then 9 else 7 end)::tinyint;
""")

if args.by:
    versions, customers = facts(args.ledger, "versions"), table(args.ledger, "customers")
    db.execute(f"""
    create temp table attributes as
    select customer::int as customer, arg_max(coalesce(c."{args.by}"::varchar, ''), valid_from) as value
    from (select customer, "row", {days(versions, 'valid_from')} from '{versions}') v
    join (select file_row_number as "row", "{args.by}" from read_parquet('{customers}', file_row_number = true)) c using ("row")
    where valid_from <= {LAST} group by all;
    create temp table words as select value, (row_number() over (order by value))::int as word from attributes group by value;
    create temp table customers as select customer, word::int as word from attributes join words using (value);
    """)
    GROUP, JOIN = "(currency * 1000 + coalesce(word, 0))::bigint", "left join customers using (customer)"
else:
    GROUP, JOIN = "currency::bigint", ""

db.execute(f"""
create view documents as
select file_row_number::int as id, {GROUP} as g, customer, kind, place(issued_on) as im, issued_on, due_on, amount, n_postings
from (select file_row_number, customer::int as customer, currency, kind::tinyint as kind, amount::bigint as amount, n_postings,
             {days(DOCUMENTS, 'issued_on', 'due_on')} from read_parquet('{DOCUMENTS}', file_row_number = true)) d {JOIN}
where issued_on <= {LAST};

-- The postings of a document stand by day.
create view postings as
select document::int as document, {days(POSTINGS, 'on')}, delta::bigint as delta, (nature * 16 + money)::smallint as code,
       file_row_number::int as position
from read_parquet('{POSTINGS}', file_row_number = true);
""")


def write(name: str, query: str) -> None:
    """Writes a table of results, groups by name."""
    value = "w.value, " if args.by else ""
    words = "left join words w on w.word = (r.g % 1000)" if args.by else ""
    currency = "r.g // 1000" if args.by else "r.g"
    letters = " || ".join(f"chr((({currency}) // {256 ** at} % 256)::int)" for at in (2, 1, 0))
    run(f"write {name}", f"""
        copy (select {letters} as currency, {value} r.* exclude (g) from ({query}) r {words} order by all)
        to '{args.out / name}.csv' (header)""")


MEASURES = ["amount", "delta", "amount_issued", "delta_issued", "delta_late", "delta_floored"]


def items() -> None:
    """Ageing, flow, item-level roll rates, cohorts and the DSO inputs, from the cube."""
    # Documents with no posting or one: what becomes of them follows from the keys.
    measures = f"""amount, delta, amount * (issued_on - {ends[0]}) as amount_issued, delta * (issued_on - {ends[0]}) as delta_issued,
        delta * ("on" - due_on) as delta_late, delta * greatest("on" - due_on, 0) as delta_floored"""
    run("cube", f"""
    create temp table cube as
    with joined as (
        select g, kind, im, case when kind <> {CREDIT_NOTE} then due_on end as due, amount, issued_on, due_on,
               case when "on" <= {LAST} then delta else 0 end as delta, "on", case when "on" <= {LAST} then code end as code,
               coalesce(place("on"), {N})::tinyint as pm
        from documents left join postings on document = id
        where n_postings < 2),
    measured as (select g, kind, im, due, pm, code, sign(amount + delta)::tinyint as side, {measures} from joined)
    select g, kind, im, due, pm, code, side, count(*) as n, {", ".join(f"sum({name}) as {name}" for name in MEASURES)}
    from measured group by all""")
    run("documents with several postings", f"""
    create temp table several as
    with joined as (
        select id, g, kind, im, due_on as due, issued_on, due_on, pm, code, position, "on", amount,
               case when pm < {N} then delta else 0 end as delta
        from (select *, place("on") as pm from postings) join (from documents where n_postings > 1) on document = id)
    select id, g, kind, im, due, pm, code, position, {measures} from joined""")
    # A row per document and month of postings, with what was open before and after.
    run("what was open in between", f"""
    create temp table between_postings as
    with of_month as (
        select id, g, im, due, pm, max(amount) as amount, sum(delta) as delta, max(amount_issued) as amount_issued, sum(delta_issued) as delta_issued,
               sum(delta) filter (did(code) = 0) as collected, sum(delta) filter (did(code) = 1) as credited,
               sum(delta) filter (did(code) = 2) as discounted, sum(delta) filter (did(code) = 3) as written_off,
               sum(delta) filter (did(code) = 4) as reversed, arg_max(did(code), position) filter (did(code) <> 4) as last
        from several where kind <> {CREDIT_NOTE} group by all)
    select *, amount + sum(delta) over w as closing, closing - delta as opening,
           amount_issued + sum(delta_issued) over w as open_issued, lead(pm, 1, {N}) over w as next, lag(pm) over w is null as is_first
    from of_month window w as (partition by id order by pm)""")
    # Every month in which something happened to an item: where from, where to, what moved.
    nothing = "0 as collected, 0 as credited, 0 as discounted, 0 as written_off, 0 as reversed"
    moved = ", ".join(f"case did(code) when {did} then delta else 0 end as {name}" for did, name in
                      enumerate(["collected", "credited", "discounted", "written_off", "reversed"]))
    sums = ["n", "opening", "closing", "collected", "credited", "discounted", "written_off", "reversed"]
    run("steps", f"""
    create temp table steps as
    with claims as (from cube where kind <> {CREDIT_NOTE}),
    every as (
        -- Issued, and paid in a later month or not at all.
        select g, im as m, due, 7 as origin, n, amount as opening, amount as closing, true as is_open, 7 as exit, {nothing}
        from claims where pm > im
        union all select g, im, due, 7, n, amount, amount + delta, side > 0, way_out(did(code)), {moved} from claims where pm <= im
        union all select g, pm, due, 0, n, amount, amount + delta, side > 0, way_out(did(code)), {moved} from claims where pm > im
        union all select g, im, due, 7, 1, amount, amount, true, 7, {nothing}
        from between_postings where is_first and pm > im
        union all
        select g, pm, due, case when is_first and pm <= im then 7 when opening > 0 then 0 else 8 end, 1,
               case when is_first and pm <= im then amount else opening end, closing, closing > 0, way_out(last),
               coalesce(collected, 0), coalesce(credited, 0), coalesce(discounted, 0), coalesce(written_off, 0), coalesce(reversed, 0)
        from between_postings where is_first and pm <= im or opening > 0 or closing > 0)
    select g, m, case when origin = 0 then state(due, before) else origin end::tinyint as origin,
           case when is_open then state(due, ends) else exit end::tinyint as target, {", ".join(f"sum({name}) as {name}" for name in sums)}
    from every join months using (m) group by all""")
    # Every stretch of months at whose ends an item was open with the same balance; below zero: paid more than owed.
    run("stretches", f"""
    create temp table stretches as
    with claims as (from cube where kind <> {CREDIT_NOTE}),
    every as (
        select g, due, im as a, least(pm, {N}) as b, n, amount as open, amount_issued as open_issued, 1 as side from claims where pm > im
        union all select g, due, greatest(im, pm), {N}, n, amount + delta, amount_issued + delta_issued, side from claims where side <> 0 and pm < {N}
        union all select g, due, im, pm, 1, amount, amount_issued, 1 from between_postings where is_first and pm > im
        union all select g, due, greatest(im, pm), next, 1, closing, open_issued, sign(closing)::int from between_postings where closing <> 0)
    select g, due, a, b, side, sum(n) as n, sum(open) as open, sum(open_issued) as open_issued from every where a < b and b > 0 group by all""")
    run("month ends", """
    create temp table at_ends as
    with expanded as (select *, unnest(range(greatest(a, 0)::int, b::int))::tinyint as m from stretches)
    select g, m, state(due, before) as origin, state(due, ends) as target, m = a as is_new, side, sum(n) as n, sum(open) as open,
           sum(open * (ends - %d) - open_issued) as open_days
    from expanded join months using (m) group by all""" % ends[0])


def results() -> None:
    """The tables of results, from the few thousand rows that are left."""
    states = ["no_due_date", "not_due", "days_1_30", "days_31_60", "days_61_90", "days_91_120", "days_121_plus"]
    # What moved any balance, by month of issue and of the movement.
    run("movements", f"""
    create temp table movements as
    select g, kind, im, pm, code, due is null as no_due_date, sum(delta) as delta, sum(due_delta) as due_delta,
           sum(delta_issued) as delta_issued, sum(delta_late) as delta_late, sum(delta_floored) as delta_floored
    from (select g, kind, im, due, pm, code, delta, due * delta as due_delta, delta_issued, delta_late, delta_floored from cube
          union all select g, kind, im, due, pm, code, delta, due * delta, delta_issued, delta_late, delta_floored from several)
    where pm < {N} group by all;
    create temp table issues as
    select g, kind, im, sum(n) as n, sum(amount) as amount
    from (select g, kind, im, n, amount from cube
          union all select g, kind, im, 1, amount from documents where n_postings > 1) group by all;
    create temp table loose as
    select {GROUP} as g, place("on") as pm, (nature * 16 + money)::smallint as code, sum(delta) as delta
    from (select customer::int as customer, currency, {days(UNAPPLIED, 'on')}, delta, nature, money from '{UNAPPLIED}'
          union all
          select customer::int, currency, {days(RECOVERIES, 'on')}, delta, nature, money from '{RECOVERIES}') {JOIN}
    where "on" <= {LAST} group by all""")
    # Every change of the balance of the control account; a recovery (8) changes none.
    run("changes", f"""
    create temp table changes as
    select g, m::tinyint as m, sum(delta) as delta from (
        select g, pm as m, delta from movements union all select g, im, amount from issues
        union all select g, pm, delta from loose where code >> 4 <> 8) group by all;
    create temp table rows as select g, m, before, ends from (select distinct g from changes), months;
    create temp table balances as
    select r.g, r.m, coalesce(sum(c.delta) filter (c.m < r.m), 0) as opening, coalesce(sum(c.delta), 0) as closing
    from rows r left join changes c on c.g = r.g and c.m <= r.m group by all""")

    aged = ", ".join(f"sum(open) filter (side > 0 and target = {rank}) as {name}" for rank, name in enumerate(states))
    notes = f"""select r.g, r.m, -sum(delta) as credits from rows r join (
                   select g, im as m, amount as delta from issues where kind = {CREDIT_NOTE}
                   union all select g, pm, delta from movements where kind = {CREDIT_NOTE}
                   union all select g, pm, delta from loose where code >> 4 <> 8 and code & 15 in (2, 4, 5)) c
               on c.g = r.g and c.m <= r.m group by all"""
    cash = """select r.g, r.m, -sum(delta) as cash from rows r join loose c on c.g = r.g and c.pm <= r.m
              where code >> 4 <> 8 and code & 15 not in (2, 4, 5) group by all"""
    zeros = ", ".join(f"coalesce({name}, 0) as {name}" for name in states)
    write("ageing", f"""
        select g, m, {zeros}, coalesce(cash, 0) + coalesce(paid_over, 0) as unapplied_cash,
               coalesce(credits, 0) as unapplied_credits, closing as control
        from balances left join (select g, m, {aged}, -sum(open) filter (side < 0) as paid_over from at_ends group by all) using (g, m)
        left join ({notes}) using (g, m) left join ({cash}) using (g, m)""")

    natures = {"cash": (-1, 0), "credits": (-1, 2), "discounts": (-1, 4), "write_offs": (-1, 5), "refunds": (1, 6), "reversals": (1, 7)}
    moved = ", ".join(f"coalesce(sum({sign} * delta) filter (code >> 4 = {nature}), 0) as {name}"
                      for name, (sign, nature) in natures.items())
    kinds = {"invoiced": (1, 0), "debit_notes": (1, 2), "charges": (1, 3), "credit_notes": (-1, 1)}
    issued = ", ".join(f"coalesce(sum({sign} * amount) filter (kind = {kind}), 0) as {name}" for name, (sign, kind) in kinds.items())
    flow = [*kinds, *natures, "applied", "recoveries"]
    db.execute(f"""
        create temp table flow as
        select g, m, opening, {", ".join(f"coalesce({name}, 0) as {name}" for name in flow)}, closing from balances
        left join (select g, im as m, {issued} from issues group by all) using (g, m)
        left join (select g, pm as m, {moved}, coalesce(sum(delta) filter (code >> 4 in (1, 3)), 0) as applied,
                          coalesce(-sum(delta) filter (code >> 4 = 8), 0) as recoveries
                   from (select g, pm, code, delta from movements union all select g, pm, code, delta from loose) group by all)
        using (g, m)""")
    write("flow", "from flow")

    write("roll_counts", """
        select g, m, origin, target, sum(n) as n from (
            select g, m, origin, target, n from steps
            union all select g, m, origin, target, n from at_ends where not is_new and side > 0) group by all""")
    unmoved = "0 as collected, 0 as credited, 0 as discounted, 0 as written_off, 0 as reversed"
    write("roll_amounts", f"""
        select g, m, origin, sum(opening) as opening,
               {", ".join(f"coalesce(sum(closing) filter (target = {rank}), 0) as {name}" for rank, name in enumerate(states))},
               coalesce(sum(closing) filter (target > 6), 0) as over_applied, -sum(collected) as collected, -sum(credited) as credited,
               -sum(discounted) as discounted, -sum(written_off) as written_off, -sum(reversed) as reversed
        from (select g, m, origin, target, opening, closing, collected, credited, discounted, written_off, reversed from steps
              union all select g, m, origin, target, open, open, {unmoved} from at_ends where not is_new and side > 0) group by all""")

    ways = {"cash": "not in (2, 3, 4, 5)", "credits": "in (2, 3)", "discounts": "= 4", "write_offs": "= 5"}
    cells = ", ".join(f"coalesce(-sum(delta) filter (code & 15 {test}), 0) as {name}" for name, test in ways.items())
    write("cohorts", f"""
        select g, origin, seen - origin as age, n_documents, entered, {", ".join(f"coalesce({name}, 0) as {name}" for name in ways)}
        from (select g, im as origin, sum(n) as n_documents, sum(amount) as entered from issues
              where im >= 0 and kind <> {CREDIT_NOTE} group by all)
        join (select m as seen from months) on seen >= origin
        left join (select g, im as origin, greatest(pm - im, 0) + im as seen, {cells} from movements
                   where kind <> {CREDIT_NOTE} group by all) using (g, origin, seen)""")

    write("sales_and_receipts", "select g, m, invoiced + debit_notes - credit_notes as sales, cash as receipts, closing as balance from flow")
    write("dso", f"""
        select g, m, coalesce(open_days, 0) as open_days, coalesce(applied, 0) as applied, coalesce(applied_terms, 0) as applied_terms,
               coalesce(applied_late, 0) as applied_late, coalesce(applied_floored, 0) as applied_floored,
               coalesce(written_off, 0) as net_write_offs
        from rows left join (select g, m, sum(open_days) filter (side > 0) as open_days from at_ends group by all) using (g, m)
        left join (select g, pm as m, -sum(delta) as applied, -sum(due_delta - delta_issued) + {ends[0]} * sum(delta) as applied_terms,
                          -sum(delta_late) as applied_late, -sum(delta_floored) as applied_floored
                   from movements where kind <> {CREDIT_NOTE} and not no_due_date and code in (0, 16) group by all) using (g, m)
        left join (select g, pm as m, -sum(case code >> 4 when 8 then -delta else delta end) as written_off
                   from (select g, pm, code, delta from movements union all select g, pm, code, delta from loose)
                   where code & 15 = 5 or code >> 4 = 8 group by all) using (g, m)""")


def customers() -> None:
    """Roll rates by customer: a row per open item and month, of which the worst of each customer and group decides."""
    # What was open before the month comes before what entered, and that before what was reopened.
    moves = f"""
        with paid_once as (
            select customer, g, due_on, im, coalesce(place("on"), {N}) as pm, ("on" * 16 + (code & 15))::int as last, did(code) as did,
                   amount + case when "on" <= {LAST} then delta else 0 end as closing
            from documents left join postings on document = id
            where kind <> {CREDIT_NOTE} and n_postings < 2),
        of_once as (
            select customer, g, due_on, im, pm, closing, case when did <> 4 then last end as last,
                   unnest(range(greatest(im, 0)::int, least(case when closing > 0 then {N} else greatest(pm, im) + 1 end, {N})))::tinyint as m
            from paid_once),
        of_month as (
            select id, customer, g, due_on, im, place("on") as pm, max(amount) as amount,
                   sum(case when "on" <= {LAST} then delta else 0 end) as delta,
                   arg_max("on" * 16 + (code & 15), position) filter (did(code) <> 4 and "on" <= {LAST}) as last
            from postings join documents on document = id
            where kind <> {CREDIT_NOTE} and n_postings > 1 group by all),
        between_postings as (
            select *, amount + sum(delta) over w as closing, closing - delta as opening, lead(pm, 1, {N}) over w as next,
                   lag(pm) over w is null as is_first
            from of_month window w as (partition by id order by pm)),
        of_several as (
            select customer, g, due_on, im, {N} as pm, amount as closing, null::int as last, amount as opening,
                   unnest(range(greatest(im, 0)::int, pm::int)) as m
            from between_postings where is_first and pm > im
            union all
            select customer, g, due_on, case when is_first then im end, pm, closing, last, opening,
                   unnest(range(greatest(pm, 0)::int, case when closing > 0 then next else least(pm + 1, next) end::int))
            from between_postings where is_first and pm <= im or opening > 0 or closing > 0),
        item_months as (
            select customer, g, m, due_on, case when m = im then 2 else 3 end as turn, m >= pm and closing <= 0 as is_closed,
                   case when m = pm then last end as last from of_once
            union all
            select customer, g, m, due_on, case when m = im then 2 when m = pm and opening <= 0 then 1 else 3 end,
                   m >= pm and closing <= 0, case when m = pm then last end from of_several)"""
    run("customers by month", f"""
    create temp table customer_months as {moves}
    select g, customer * 128::bigint + m as place, max(turn * 16 + state(due_on, before))::int as origin,
           max(turn * 16 + case when is_closed then 0 else state(due_on, ends) + 1 end)::int as target,
           max(turn * {2 ** 24} + coalesce(last, 0))::int as last
    from item_months join months using (m) group by all""")
    write("roll_customers", """
        select g, m, case origin >> 4 when 3 then origin & 15 when 2 then 7 else 8 end as origin,
               case when target & 15 > 0 then (target & 15) - 1 when last & 15 = 2 then 8 when last & 15 = 5 then 9 else 7 end as target,
               count(*) as n
        from (select *, place % 128 as m from customer_months) group by all""")


if args.level != "customer":
    items()
    results()
if args.level != "item":
    customers()
