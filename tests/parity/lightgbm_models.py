"""LightGBM on the rows of `arrears panel`, walked over month ends as `arrears evaluate` does, and compared with its predictions.

    python lightgbm_models.py --panel panel.parquet --days 2019-06-30,2019-07-31 --predictions predictions.parquet
    python lightgbm_models.py --accounts UCI_Credit_Card.csv.gz --target DEFAULT --ignore ID --predictions predictions.parquet

On each day LightGBM is tuned and stopped early on the last quarter of the days known by then (one thread, a grid of leaves and rows of a
leaf), fitted again to all of them, and predicts the rows of that day. The difference is paired by draw: 2,000 draws of customers.
"""

import argparse
import itertools

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

NOT_FEATURES = {"customer_id", "invoice_id", "instalment", "as_of", "standing", "history", "at_stake", "outcome", "matures_on", "bad"}
GRID = list(itertools.product([7, 15, 31], [20, 50]))
N_MONTHS = 24
SEED = 1


def params(leaves, rows_of_a_leaf):
    return dict(
        objective="binary",
        num_leaves=leaves,
        min_data_in_leaf=rows_of_a_leaf,
        learning_rate=0.05,
        feature_fraction=0.8,
        bagging_fraction=0.8,
        bagging_freq=1,
        lambda_l2=1.0,
        num_threads=1,
        deterministic=True,
        seed=SEED,
        verbose=-1,
    )


def known_by(panel, day):
    """Rows whose outcome was known by the day, of the last months, less the first ones in which hardly anybody had a past."""
    rows = panel[(panel.as_of < day) & (panel.matures_on <= day) & (panel.as_of > day - pd.DateOffset(months=N_MONTHS + 1))]
    share = rows.groupby("as_of").standing.apply(lambda of_day: (of_day == "known").mean())
    return rows[rows.as_of >= share.index[share >= share.max() / 2][0]]


def last_quarter(rows):
    """Earlier rows to fit to and later ones to stop on; `None` where either side has too few events."""
    days = sorted(rows.as_of.unique())
    for n in range(int(np.clip(len(days) // 4, 1, 6)), 0, -1):
        first = days[-n]
        fit, stop = rows[(rows.as_of < first) & (rows.matures_on <= first)], rows[rows.as_of >= first]
        if min(fit.bad.sum(), stop.bad.sum(), (1 - fit.bad).sum(), (1 - stop.bad).sum()) >= 20:
            return fit, stop
    return None


def fitted(rows, features, split):
    best = (np.inf, params(7, 20), 60)
    if split is not None:
        fit, stop = split
        for leaves, rows_of_a_leaf in GRID:
            own = params(leaves, rows_of_a_leaf)
            train = lgb.Dataset(fit[features], fit.bad)
            model = lgb.train(
                own,
                train,
                600,
                valid_sets=[lgb.Dataset(stop[features], stop.bad, reference=train)],
                callbacks=[lgb.early_stopping(40, verbose=False)],
            )
            loss = model.best_score["valid_0"]["binary_logloss"]
            if loss < best[0]:
                best = (loss, own, max(model.best_iteration, 5))
    return lgb.train(best[1], lgb.Dataset(rows[features], rows.bad), best[2])


def of_panel(path, days):
    panel = pd.read_parquet(path)
    for column in ("as_of", "matures_on"):
        panel[column] = pd.to_datetime(panel[column])
    panel = panel[panel.outcome.isin(["good", "bad"])].reset_index(drop=True)
    panel["bad"] = (panel.outcome == "bad").astype(int)
    features = [column for column in panel if column not in NOT_FEATURES]
    parts = []
    for day in map(pd.Timestamp, days):
        rows, test = known_by(panel, day), panel[panel.as_of == day].copy()
        test["lightgbm"] = fitted(rows, features, last_quarter(rows)).predict(test[features])
        parts.append(test)
    return pd.concat(parts)


def of_accounts(path, target, ignore, ours):
    """Five groups; the groups are those of the predictions, which stand group after group."""
    table = pd.read_csv(path)
    features = [column for column in table if column not in {target, *ignore}]
    table["bad"] = table[target]
    order = ours.customer_id.astype(int).to_numpy() - 1
    table = table.iloc[order].reset_index(drop=True)
    # A group ends where the row numbers, rising inside a group, start anew.
    group = np.concatenate([[0], (np.diff(order) < 0).cumsum()])
    table["lightgbm"] = np.nan
    for of in np.unique(group):
        rows = table[group != of]
        stop = rows.sample(frac=0.25, random_state=SEED)
        model = fitted(rows, features, (rows.drop(stop.index), stop))
        table.loc[group == of, "lightgbm"] = model.predict(table.loc[group == of, features])
    table["customer_id"] = ours.customer_id.to_numpy()
    return table


def compare(theirs, ours, n_draws=2000):
    keys = [key for key in ("customer_id", "invoice_id", "as_of") if key in theirs and key in ours]
    if "as_of" in keys:
        ours["as_of"] = pd.to_datetime(ours.as_of)
    own = [column for column in ours if column not in {*NOT_FEATURES}]
    rows = theirs[[*keys, "bad", "lightgbm"]].merge(ours[[*keys, *own]], on=keys, validate="one_to_one")
    assert len(rows) == len(theirs) == len(ours), (len(rows), len(theirs), len(ours))
    bad = rows.bad.to_numpy()
    print(f"rows {len(rows)}, bad {bad.sum()} ({bad.mean():.1%})")
    codes, _ = pd.factorize(rows.customer_id)
    random = np.random.default_rng(SEED)
    draws = [random.multinomial(codes.max() + 1, np.full(codes.max() + 1, 1 / (codes.max() + 1)))[codes] for _ in range(n_draws)]
    loss = lambda p: -np.where(bad == 1, np.log(np.clip(p, 1e-9, 1)), np.log(np.clip(1 - p, 1e-9, 1)))
    their_auc = [roc_auc_score(bad, rows.lightgbm, sample_weight=w) for w in draws]
    their_loss = loss(rows.lightgbm.to_numpy())
    print(f"{'estimator':12s}    AUC  log loss   AUC less LightGBM's          log loss less LightGBM's")
    for name in ["lightgbm", *own]:
        p = rows[name].to_numpy()
        text = f"{name:12s} {roc_auc_score(bad, p):.4f}    {log_loss(bad, np.clip(p, 1e-9, 1 - 1e-9)):.4f}"
        if name in ("champion", "boosting", "scorecard", "blend"):
            more = np.array([roc_auc_score(bad, p, sample_weight=w) - t for w, t in zip(draws, their_auc)])
            own_loss = loss(p)
            less = np.array([np.average(own_loss - their_loss, weights=w) for w in draws])
            for drawn, all_rows in (
                (more, roc_auc_score(bad, p) - roc_auc_score(bad, rows.lightgbm)),
                (less, (own_loss - their_loss).mean()),
            ):
                low, high = np.quantile(drawn, [0.025, 0.975])
                text += f"   {all_rows:+.4f} ({low:+.4f} to {high:+.4f})"
        print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--panel")
    parser.add_argument("--days")
    parser.add_argument("--accounts")
    parser.add_argument("--target")
    parser.add_argument("--ignore", default="")
    parser.add_argument("--predictions", required=True)
    args = parser.parse_args()
    ours = pd.read_parquet(args.predictions)
    if args.accounts:
        theirs = of_accounts(args.accounts, args.target, args.ignore.split(","), ours)
    else:
        theirs = of_panel(args.panel, args.days.split(","))
    compare(theirs, ours)


if __name__ == "__main__":
    main()
