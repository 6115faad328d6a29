"""Development factors, ultimates and Mack's standard errors by chainladder.

RAA and GenIns come with the package; `demo` is the EUR cash of ../../data (expected/cohorts.csv, by duckdb_metrics.py).
"""

from pathlib import Path

import chainladder as cl
import pandas as pd

HERE = Path(__file__).parent
cells = pd.read_csv(HERE / "expected" / "cohorts.csv")
cells = cells[cells.currency == "EUR"].assign(origin=lambda t: pd.PeriodIndex(t.origin, freq="M").to_timestamp())
cells["valuation"] = [o + pd.DateOffset(months=int(a)) for o, a in zip(cells.origin, cells.age)]
demo = cl.Triangle(cells, origin="origin", development="valuation", columns="cash_cumulative", cumulative=True)

rows, factors = [], []
for name, triangle in [("raa", cl.load_sample("raa")), ("genins", cl.load_sample("genins")), ("demo", demo)]:
    for rule in ["mack", "log-linear"]:
        development = cl.Development(average="volume", sigma_interpolation=rule).fit_transform(triangle)
        mack = cl.MackChainladder().fit(development)
        summary = mack.summary_.to_frame(origin_as_datetime=True)
        for origin, row in summary.iterrows():
            label = origin.strftime("%Y-%m" if name == "demo" else "%Y")
            rows.append([name, rule, label, row["Latest"], row["Ultimate"], row["Mack Std Err"]])
        rows.append([name, rule, "total", summary["Latest"].sum(), summary["Ultimate"].sum(), mack.total_mack_std_err_.values.item()])
    for age, factor in enumerate(cl.Development(average="volume").fit(triangle).ldf_.values.flatten()):
        factors.append([name, age, factor])
columns = ["triangle", "sigma_rule", "origin", "latest", "ultimate", "standard_error"]
pd.DataFrame(rows, columns=columns).to_csv(HERE / "expected" / "triangles.csv", index=False)
pd.DataFrame(factors, columns=["triangle", "step", "factor"]).to_csv(HERE / "expected" / "factors.csv", index=False)
