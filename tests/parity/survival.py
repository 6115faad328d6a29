"""Time to pay: Kaplan-Meier by lifelines and by statsmodels, incidences of each way out by statsmodels.

Reads expected/durations.csv (by duckdb_metrics.py). A claim that left by credit or write-off is censored in `unpaid`.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

HERE = Path(__file__).parent
counted = pd.read_csv(HERE / "expected" / "durations.csv")
EXITS = ["paid", "credited", "written_off"]
frames = []
for currency, part in counted.groupby("currency"):
    claims = part.loc[part.index.repeat(part.n)]
    kaplan_meier = KaplanMeierFitter().fit(claims.days, claims.exit == "paid")
    steps = SurvfuncRight(claims.days, (claims.exit == "paid").to_numpy())
    # Two implementations must agree before either is believed.
    for day, unpaid in zip(steps.surv_times, steps.surv_prob):
        assert abs(kaplan_meier.predict(day) - unpaid) < 1e-12, (currency, day)
    codes = claims.exit.map({exit: code for code, exit in enumerate(["open", *EXITS])})
    incidence = CumIncidenceRight(claims.days, codes)
    days = np.sort(claims.days.unique())
    columns = {"currency": currency, "days_since_issue": days, "unpaid": kaplan_meier.predict(days).to_numpy()}
    for cause, exit in enumerate(EXITS):
        if cause < len(incidence.cinc):
            at = np.searchsorted(incidence.times, days, side="right") - 1
            values = np.concatenate([[0.0], incidence.cinc[cause]])
            columns[f"incidence_{exit}"] = values[at + 1]
    frames.append(pd.DataFrame(columns))
pd.concat(frames).to_csv(HERE / "expected" / "time_to_pay.csv", index=False)
