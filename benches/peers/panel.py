"""The modelling panel in DuckDB: window functions over the facts of a ledger, beside `arrears panel`.

    python benches/peers/panel.py PROGRAM LEDGER [--months 24] [--days-late 30] [--threads 2]

Both read the same Parquet facts. DuckDB makes 43 of the features of a panel of customers, and in a second query the
amount against the customer's habit of a panel of invoices; the program makes all of its features and writes them as
Parquet. The values are compared row by row, and the times and their ratio are printed. DuckDB's fastest of three runs counts.

How the SQL works: every claim becomes the states it goes through (windows by claim), the states become streams of events
by customer (claims that come due for good, settlements, issues, payment days), and a range frame over events and month ends
gives each window of days; only open claims are joined with the month ends on which they are open. A row for each claim and
month, the plain way, takes several times as long.
"""

import argparse
import glob
import os
import re
import resource
import subprocess
import tempfile
import time

import duckdb

WRITE_OFF = 5  # its number among the natures of postings
CREDIT_NOTE = 1  # its number among the kinds of documents
PARTS = 1 << 30  # into which late shares are counted


def facts(ledger: str, name: str, folder: str = "facts") -> str:
    files = [f for f in glob.glob(os.path.join(ledger, folder, "*.parquet")) if re.match(rf"{name}-", os.path.basename(f))]
    if len(files) != 1:
        raise SystemExit(f"found {len(files)} files of {name} in {ledger}/{folder}, expected one")
    return files[0]


STATES = """
create or replace temp table months as select unnest({days}) as t;

create or replace temp table first_seen as
select day, min(t) as t from range((select min(least(n_of(issued_on), n_of(known_on))) from '{documents}'), (select max(t) + 1 from months)) r(day), months
where t >= day group by day;

create or replace temp table documents as
select file_row_number as doc, customer, kind, currency, n_of(issued_on) as issued_on, n_of(due_on) as due_on, amount,
    greatest(n_of(issued_on), n_of(known_on)) as seen
from read_parquet('{documents}', file_row_number = true);

create or replace temp table postings as
select document as doc, n_of("on") as "on", n_of(known_on) as known_on, delta, nature, money, file_row_number as n
from read_parquet('{postings}', file_row_number = true);

create or replace temp table states as
with claims as (select * from documents where kind <> {credit_note} and due_on is not null),
steps as (
    select doc, customer, currency, issued_on, due_on, amount, seen as v, issued_on as "on", 0 as delta, 0 as lost, -1 as n from claims
    union all
    select c.doc, c.customer, c.currency, c.issued_on, c.due_on, c.amount, greatest(p."on", p.known_on, c.seen), p."on", p.delta,
        case when p.money = {write_off} then -p.delta else 0 end, p.n
    from postings p join claims c using (doc)
),
in_months as (select steps.* exclude (v), t as v from steps join first_seen on v = day),
running as (
    select *, amount + sum(delta) over w as open, amount + sum(delta + lost) over w as unsettled, sum(lost) over w as gone,
        lead(v) over w as v_to
    from in_months window w as (partition by doc order by v, "on", n)
),
judged as (
    select *, unsettled - case when gone <= amount // 100 then gone else 0 end <= 0 as settled from running
),
started as (
    select *, case when settled and not coalesce(lag(settled) over w, false) then greatest("on", issued_on) end as settles_on
    from judged window w as (partition by doc order by v, "on", n)
)
select doc, customer, currency, issued_on, due_on, amount, v, coalesce(v_to, 1000000) as v_to, open,
    case when settled then last_value(settles_on ignore nulls) over (partition by doc order by v, "on", n) end as settled_on
from started qualify v_to is null or v_to > v;
"""

CUSTOMERS = """
create or replace temp table marks as
select customer, t from (select distinct customer from documents) cross join months
where t >= (select min(seen) from documents d where d.customer = customer);

create or replace temp table open_items as
select customer, t, count(*) as n_open, count(*) filter (due_on < t) as n_overdue, sum(open) as open,
    coalesce(sum(open) filter (due_on < t), 0) as overdue, greatest(max(t - due_on), 0) as worst_days_past_due,
    count(*) filter (due_on < t - 30) as n_overdue_30, coalesce(sum(open) filter (due_on < t - 30), 0) as overdue_30,
    sum(greatest(least(t - due_on, 120), -60)) as age, sum(greatest(least(t - due_on, 120), -60) * (open / 10000)) as money_age,
    count(distinct currency) as n_currencies, min(currency) as currency
from states join months on t >= v and t < v_to
where settled_on is null and open > 0
group by customer, t;

create or replace temp table judged as
select doc, customer, amount, currency, due_on + {d} as day, greatest(due_on + {d}, issued_on) as judged_on, greatest(t, v) as first, v, v_to,
    (settled_on is null or settled_on - due_on > {d})::int as late
from states join first_seen on day = greatest(due_on + {d}, issued_on) where greatest(t, v) < v_to;

create or replace temp table segments as
select v.customer, greatest(n_of(v.valid_from), n_of(v.known_on)) as day, segment
from '{versions}' v join read_parquet('{customers}', file_row_number = true) c on v.row = c.file_row_number;

-- Late shares of segments: claims count from the month end that judges them, until they are judged otherwise.
create or replace temp table peers as
with claims as (
    select j.first, j.v_to, j.late, coalesce(segment, '') as segment from judged j asof left join segments s on j.customer = s.customer and j.judged_on >= s.day
),
steps as (
    select segment, first as t, 1 as n, late from claims union all select segment, v_to, -1, -late from claims where v_to < 1000000
),
sums as (select segment, t, sum(n) as n, sum(late) as late from steps group by all),
running as (
    select segment, t, coalesce(sum(n) over w, 0) as n, coalesce(sum(late) over w, 0) as late
    from (select distinct segment from segments union select '') cross join months left join sums using (segment, t)
    window w as (partition by segment order by t)
),
portfolio as (select t, (sum(late) + 5e-1) / (sum(n) + 1e0) as late_share from running group by t)
select segment, t, case when segment = '' then late_share else (late + 20e0 * late_share) / (n + 20e0) end as late_share
from running join portfolio using (t);

create or replace temp table matured as
select customer, day, doc, late, amount, currency from judged qualify row_number() over (partition by doc order by v) = 1;

-- What was judged otherwise later: paid in time as it turned out, or not paid after all.
create or replace temp table changed as
select j.customer, t, sum(j.late - m.late) as late_all, coalesce(sum(j.late - m.late) filter (j.day > t - 91), 0) as late3,
    coalesce(sum(j.late - m.late) filter (j.day > t - 182), 0) as late6,
    coalesce(sum(j.late - m.late) filter (j.day > t - 365), 0) as late12
from judged j join matured m using (doc) join months on t >= j.v and t < j.v_to
where j.late <> m.late group by j.customer, t;

create or replace temp table late as
with last_five as (
    select customer, day, 1 as n, late, sum(late) over five as late5, count(*) over five as n5, 0 as mark, pow(2e0, (day - {d0}) / 60) as weight,
        amount, case when late = 1 then day end as late_on, currency from matured
    window five as (partition by customer order by day, doc rows between 4 preceding and current row)
    union all
    select customer, t, 0, 0, null, null, 1, 0, 0, null, null from marks
),
framed as (
    select customer, day as t, mark, sum(n) over q as n3, sum(late) over q as late3, sum(n) over y as n12, sum(late) over y as late12,
        sum(n) over h as n6, sum(late) over h as late6, sum(weight) over y as faded, sum(weight * late) over y as faded_late,
        max(late_on) over y as late_on, sum(amount) over y as money12, sum(amount * late) over y as late_money12,
        min(currency) over y <> max(currency) over y as is_mixed,
        sum(n) over a as n_all, sum(late) over a as late_all,
        last_value(late5 ignore nulls) over r as late5, last_value(n5 ignore nulls) over r as n5
    from last_five
    window q as (partition by customer order by day range between 90 preceding and current row),
        h as (partition by customer order by day range between 181 preceding and current row),
        y as (partition by customer order by day range between 364 preceding and current row),
        a as (partition by customer order by day range between unbounded preceding and current row),
        r as (partition by customer order by day, mark rows between unbounded preceding and current row)
)
select f.customer, f.t, n3, n6, n12, n_all, faded * pow(2e0, ({d0} - f.t) / 60) as faded, faded_late * pow(2e0, ({d0} - f.t) / 60) as faded_late, late_on,
    case when is_mixed then (f.late12 + coalesce(c.late12, 0)) / n12 else late_money12 / money12 end as late_money_share_12m,
    f.late6 + coalesce(c.late6, 0) as late6, f.late3 + coalesce(c.late3, 0) as late3, f.late12 + coalesce(c.late12, 0) as late12,
    f.late_all + coalesce(c.late_all, 0) as late_all, late5, n5
from framed f left join changed c on f.customer = c.customer and f.t = c.t where mark = 1;

-- Two invoices of one customer agree beyond chance as far as customers differ: the weight of the wider share follows from that. Shares
-- are counted in whole parts, as the program does so that their sum is exact.
create or replace temp table weights as
with shares as (
    select t, count(*) as n, sum(late_all::bigint * {parts} // n_all::bigint) / (count(*) * {parts}e0) as p,
        sum((late_all * (late_all - 1))::bigint * {parts} // (n_all * (n_all - 1))::bigint) / (count(*) * {parts}e0) as both_late
    from late where n_all >= 2 group by t
)
select t, case when n < 30 then 4e0 else least(greatest(1 / greatest((both_late - p * p) / (p - p * p), 0.001) - 1, 3e0), 30e0) end as w
from months left join shares using (t);

create or replace temp table portfolio as
select t, sum(n3) as n3, sum(late3) as late3 from late group by t;

create or replace temp table settled as
with runs as (
    select customer, doc, due_on, v, settled_on from states
    qualify settled_on is distinct from lag(settled_on) over (partition by doc order by v)
),
lives as (select *, coalesce(lead(v) over (partition by doc order by v), 1000000) as v_to from runs),
delays as (
    select customer, settled_on as day, v, v_to, least(greatest(settled_on - due_on, -60), 120) as late
    from lives where settled_on is not null
),
events as (
    select customer, day, late, 0 as mark, avg(late) over five as last5 from delays
    window five as (partition by customer order by day, late rows between 4 preceding and current row)
    union all select customer, t, null, 1, null from marks
),
framed as (
    select customer, day as t, mark, count(late) over h as n6, sum(late) over h as sum6, count(late) over a as n_all,
        sum(late) over a as sum_all, count(late) over y as n12, sum(late) over y as sum12, sum(late * late) over y as sq12,
        count(late) over q as n3, sum(late) over q as sum3, count(*) filter (late <= 0) over y as on_time12,
        quantile_disc(late, 0.5) over y as low, median(late) over y as middle, last_value(last5 ignore nulls) over r as last5
    from events
    window q as (partition by customer order by day range between 90 preceding and current row),
        h as (partition by customer order by day range between 181 preceding and current row),
        y as (partition by customer order by day range between 364 preceding and current row),
        a as (partition by customer order by day range between unbounded preceding and current row),
        r as (partition by customer order by day, mark rows between unbounded preceding and current row)
),
-- Settlements that a month end within their window does not know yet, or no longer: the payment was taken back.
unknown as (
    select customer, t, count(*) as n_all, sum(late) as sum_all, count(*) filter (t - day < 182) as n6, sum(late) filter (t - day < 182) as sum6,
        count(*) filter (t - day < 365) as n12, sum(late) filter (t - day < 365) as sum12, sum(late * late) filter (t - day < 365) as sq12,
        count(*) filter (t - day < 91) as n3, sum(late) filter (t - day < 91) as sum3
    from (select delays.* from delays join first_seen f using (day) where f.t < v or v_to < 1000000) join months on day <= t and (v > t or v_to <= t)
    group by customer, t
)
select f.customer, f.t, f.on_time12, case when f.n12 % 2 = 1 then f.low else 2 * middle - low end as median12, last5, f.n6 - coalesce(u.n6, 0) as n6, coalesce(f.sum6, 0) - coalesce(u.sum6, 0) as sum6,
    f.n_all - coalesce(u.n_all, 0) as n_all, coalesce(f.sum_all, 0) - coalesce(u.sum_all, 0) as sum_all,
    f.n12 - coalesce(u.n12, 0) as n12, coalesce(f.sum12, 0) - coalesce(u.sum12, 0) as sum12, coalesce(f.sq12, 0) - coalesce(u.sq12, 0) as sq12,
    f.n3 - coalesce(u.n3, 0) as n3, coalesce(f.sum3, 0) - coalesce(u.sum3, 0) as sum3
from framed f left join unknown u on f.customer = u.customer and f.t = u.t where mark = 1;

create or replace temp table issued as
with events as (
    select customer, issued_on as day, (kind <> {credit_note} and due_on is not null)::int as n, 0 as mark,
        case when kind <> {credit_note} and due_on is not null then amount end as amount, due_on - issued_on as terms,
        case when kind <> {credit_note} and due_on is not null then currency end as currency from documents
    union all select customer, t, 0, 1, null, null, null from marks
),
spans as (
    select customer, seen as day, issued_on, 0 as mark from documents union all select customer, t, null, 1 from marks
),
counted as (
    select customer, day as t, mark, sum(n) over q as n3, sum(n) over y as n12, sum(amount) over q as billed, avg(case when n = 1 then terms end) over q as terms,
        min(currency) over q as low_currency, max(currency) over q as high_currency
    from events
    window q as (partition by customer order by day range between 90 preceding and current row),
        y as (partition by customer order by day range between 364 preceding and current row)
),
spanned as (
    select customer, day as t, mark, min(issued_on) over a as first, max(issued_on) over a as last from spans
    window a as (partition by customer order by day range between unbounded preceding and current row)
),
unknown as (
    select customer, t, count(*) as n from documents, months
    where kind <> {credit_note} and due_on is not null and seen > issued_on and issued_on <= t and seen > t group by customer, t
)
select c.customer, c.t, n3 - coalesce(u.n, 0) as n3, n12, billed, terms, case when low_currency = high_currency then low_currency end as currency, first, last
from counted c join spanned s on c.customer = s.customer and c.t = s.t and s.mark = 1
left join unknown u on c.customer = u.customer and c.t = u.t where c.mark = 1;

create or replace temp table paid as
with cash as (
    select customer, "on", min(greatest(p."on", p.known_on, seen)) as v
    from postings p join documents using (doc) where nature = 0 group by all
    union all
    select customer, n_of("on"), min(greatest(n_of("on"), n_of(known_on))) from read_parquet('{unapplied}') where nature = 0 group by all
),
days as (select customer, "on", min(v) as v from cash group by all),
events as (
    select customer, v as day, "on", 1 as n, 0 as mark from days union all select customer, t, null, 0, 1 from marks
),
framed as (
    select customer, day as t, mark, sum(n) over a as n, min("on") over a as first, max("on") over a as last
    from events window a as (partition by customer order by day range between unbounded preceding and current row)
),
-- The rhythm of the payment days of a year: by day of the week, and as directions on a circle of 31 days.
turns as (
    select customer, "on" as day, ("on" + 3) % 7 as weekday, 2 * pi() * (day(date '1970-01-01' + "on"::int) - 1) / 31 as turn, 0 as mark from days
    union all select customer, t, null, null, 1 from marks
),
rhythm as (
    select customer, day as t, mark, count(weekday) over y as n_year, sqrt(pow(sum(sin(turn)) over y, 2) + pow(sum(cos(turn)) over y, 2)) as length,
        greatest(count(*) filter (weekday = 0) over y, count(*) filter (weekday = 1) over y, count(*) filter (weekday = 2) over y,
            count(*) filter (weekday = 3) over y, count(*) filter (weekday = 4) over y, count(*) filter (weekday = 5) over y,
            count(*) filter (weekday = 6) over y) as commonest
    from turns window y as (partition by customer order by day range between 364 preceding and current row)
)
select f.* exclude (mark), n_year, length, commonest
from framed f join rhythm r on f.customer = r.customer and f.t = r.t and r.mark = 1 where f.mark = 1;

create or replace temp table contacted as
with events as (
    select customer, greatest(n_of(contacted_on), n_of(known_on)) as day, n_of(contacted_on) as "on", 1 as n, 0 as mark from '{contacts}'
    union all select customer, t, null, 0, 1 from marks
)
select * from (
    select customer, day as t, mark, max("on") over a as last, sum(n) over q as n90 from events
    window q as (partition by customer order by day range between 89 preceding and current row),
        a as (partition by customer order by day range between unbounded preceding and current row)
) where mark = 1;

create or replace temp table disputed as
with events as (
    select customer, greatest(n_of(opened_on), n_of(known_on)) as day, 1 as n, 0 as mark from '{disputes}'
    union all select customer, t, 0, 1 from marks
)
select * from (
    select customer, day as t, mark, sum(n) over q as n90 from events
    window q as (partition by customer order by day range between 89 preceding and current row)
) where mark = 1;

create or replace temp table scores as
select i.file_row_number as customer, greatest(n_of(known_on), coalesce(n_of(posted_on), 0)) as day, value::double as score
from '{external}' e join read_parquet('{customer_ids}', file_row_number = true) i on e.customer_id = i.word;

create or replace temp table panel as
select m.customer, m.t,
    (l.late3 + w * (late_all + w * g.late_share) / (l.n_all + w)) / (l.n3 + w) as late_share_3m,
    (late6 + w * (late_all + w * g.late_share) / (l.n_all + w)) / (l.n6 + w) as late_share_6m,
    (faded_late + w * (late_all + w * g.late_share) / (l.n_all + w)) / (faded + w) as late_share_faded,
    (late12 + w * g.late_share) / (l.n12 + w) as late_share_12m,
    (late_all + w * g.late_share) / (l.n_all + w) as late_share_all,
    late5 / n5 as late_share_last_5, late_money_share_12m, m.t - late_on as days_since_late, l.n_all / (l.n_all + w) as history_weight,
    g.late_share as late_share_peers, p.late3 / p.n3 as portfolio_late_share_3m,
    case when s.n3 > 0 then sum3 / s.n3 end as days_late_mean_3m,
    case when s.n12 > 0 then sum12 / s.n12 end as days_late_mean_12m,
    last5 as days_late_last_5, median12 as days_late_median_12m, case when s.n12 > 0 then on_time12 / s.n12 end as on_time_share_12m,
    case when s.n6 > 0 then sum6 / s.n6 end as days_late_mean_6m,
    case when s.n_all > 0 then sum_all / s.n_all end as days_late_mean_all,
    case when s.n12 > 1 then sqrt(greatest((sq12 - sum12 * sum12 / s.n12) / (s.n12 - 1), 0)) end as days_late_spread_12m,
    case when s.n3 > 0 and s.n12 > s.n3 then sum3 / s.n3 - (sum12 - sum3) / (s.n12 - s.n3) end as days_late_trend,
    coalesce(n_open, 0) as n_open, coalesce(n_overdue, 0) as n_overdue, coalesce(open, 0) / 10000 as at_stake,
    case when n_currencies > 1 then n_overdue / n_open when open > 0 then overdue / open end as overdue_share,
    case when n_currencies > 1 then n_overdue_30 / n_open when open > 0 then overdue_30 / open end as overdue_30_share,
    case when n_currencies > 1 then age / n_open when open > 0 then money_age / (open / 10000) end as open_age,
    case when n_currencies = 1 then open / 10000 end as open_money,
    case when n_currencies = 1 and i.currency = o.currency and billed > 0 then open / billed * 91 end as days_of_sales_open,
    case when i.n12 > i.n3 then (i.n3 / 91e0) / ((i.n12 - i.n3) / 274e0) end as billing_trend, case when i.n3 > 0 then terms end as terms_mean,
    case when n_year >= 4 then commonest / n_year end as payment_weekday_share, case when n_year >= 4 then length / n_year end as payment_day_of_month_fit,
    case when c.n > 1 then (c.last - c.first) / (c.n - 1) end as payment_gap,
    k.n90 as contacts_90d, m.t - k.last as days_since_contact, d.n90 as disputes_90d, b.score as bureau_score, b.score - b0.score as bureau_change,
    coalesce(worst_days_past_due, 0) as worst_days_past_due,
    i.n3 * 30e0 / 91e0 as invoices_per_month, m.t - i.first as tenure_days, m.t - i.last as days_since_invoice,
    case when c.n > 1 then (m.t - c.last) / greatest((c.last - c.first) / (c.n - 1), 1e0) end as days_since_payment
from marks m
join late l on m.customer = l.customer and m.t = l.t
join portfolio p on m.t = p.t
join settled s on m.customer = s.customer and m.t = s.t
join issued i on m.customer = i.customer and m.t = i.t
join paid c on m.customer = c.customer and m.t = c.t
join weights w on m.t = w.t
join contacted k on m.customer = k.customer and m.t = k.t
join disputed d on m.customer = d.customer and m.t = d.t
asof left join segments s0 on m.customer = s0.customer and m.t >= s0.day
join peers g on m.t = g.t and g.segment = coalesce(s0.segment, '')
asof left join scores b on m.customer = b.customer and m.t >= b.day
asof left join scores b0 on m.customer = b0.customer and m.t - 182 >= b0.day
left join open_items o on m.customer = o.customer and m.t = o.t
where i.first is not null
order by m.customer, m.t;
"""

# The upper of two middle amounts is the usual one.
HABITS = """
create or replace temp table habits as
with amounts as (
    select customer, currency, seen as day, amount, 0 as mark from documents where kind <> {credit_note} and due_on is not null
    union all
    select customer, currency, t, null, 1
    from (select distinct customer, currency from documents) cross join months
),
framed as (
    select customer, currency, day as t, mark, count(amount) over a as n, quantile_disc(amount, 0.5) over a as low,
        median(amount) over a as middle
    from amounts
    window a as (partition by customer, currency order by day range between unbounded preceding and current row)
)
select customer, currency, t, n, case when n % 2 = 1 then low else 2 * middle - low end as usual from framed where mark = 1;

create or replace temp table invoices as
select s.doc, s.customer, h.t, s.open / 10000 as at_stake, h.t - due_on as days_past_due,
    case when h.n > 1 and usual > 0 then (amount / 10000) / (usual / 10000) end as amount_against_habit
from states s join habits h on s.customer = h.customer and s.currency = h.currency and h.t >= v and h.t < v_to
where settled_on is null and open > 0
order by s.customer, h.t, due_on, s.doc;
"""


def month_ends(con: duckdb.DuckDBPyConnection, last: str, n: int) -> list[int]:
    rows = con.execute(
        "select (last_day(date_trunc('month', ?::date) - to_months(k::int)) - date '1970-01-01')::int from range(?) r(k) order by 1",
        [last, n],
    ).fetchall()
    return [day for (day,) in rows]


def cpu(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def fastest(runs: list[tuple[float, float]]) -> tuple[float, float]:
    """Returns the shortest time and the least processor time, both in seconds."""
    return min(wall for wall, _ in runs), min(used for _, used in runs)


def program(args, unit: str, out: str) -> tuple[float, float]:
    months = ["--from", args.first, "--to", args.last]
    command = [args.program, "panel", "--ledger", args.ledger, "--unit", unit, "--days-late", str(args.days_late), "-q", "-o", out]
    started = time.perf_counter(), cpu(resource.RUSAGE_CHILDREN)
    subprocess.run(command + months, check=False, env={**os.environ, "RAYON_NUM_THREADS": str(args.threads)})
    return time.perf_counter() - started[0], cpu(resource.RUSAGE_CHILDREN) - started[1]


def compare(con, ours: str, theirs: str, keys: str, columns: list[str]) -> None:
    same = ", ".join(
        f"count(*) filter (a.{c} is not distinct from b.{c} or abs(a.{c} - b.{c}) <= 1e-9 * greatest(1, abs(b.{c}))) as {c}" for c in columns
    )
    row = con.execute(f"select count(*), {same} from {theirs} a full join {ours} b using ({keys})").fetchall()[0]
    for column, n in zip(columns, row[1:]):
        print(f"  {column:24} {n:>10} of {row[0]} rows agree")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("ledger")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--last", default="2025-12")
    parser.add_argument("--days-late", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    year, month = map(int, args.last.split("-"))
    first = year * 12 + month - args.months
    args.first = f"{first // 12:04}-{first % 12 + 1:02}"

    con = duckdb.connect()
    con.execute(f"set threads = {args.threads}")
    # Days as whole numbers, as the windows need them.
    con.execute("create macro n_of(d) as (d - date '1970-01-01')::int")
    days = month_ends(con, args.last + "-01", args.months)
    names = {name: facts(args.ledger, name) for name in ("documents", "postings", "unapplied", "customer_ids", "versions", "contacts", "disputes")}
    names |= {name: facts(args.ledger, name, "tables") for name in ("customers", "external")}
    values = dict(names, days=days, d0=days[0], d=args.days_late, write_off=WRITE_OFF, credit_note=CREDIT_NOTE, parts=PARTS)

    def timed(*scripts: str) -> tuple[float, float]:
        runs = []
        for _ in range(args.runs):
            started = time.perf_counter(), cpu(resource.RUSAGE_SELF)
            for script in scripts:
                con.execute(script.format(**values))
            runs.append((time.perf_counter() - started[0], cpu(resource.RUSAGE_SELF) - started[1]))
        return fastest(runs)

    with tempfile.TemporaryDirectory() as folder:
        for unit, scripts, table in (("customer", (STATES, CUSTOMERS), "panel"), ("invoice", (STATES, HABITS), "invoices")):
            theirs = timed(*scripts)
            out = os.path.join(folder, f"{unit}.parquet")
            ours = fastest([program(args, unit, out) for _ in range(args.runs)])
            n = con.execute(f"select count(*) from '{out}'").fetchall()[0][0]
            print(f"{unit}: {n} rows, {args.threads} threads")
            for name, theirs_s, ours_s in zip(("seconds", "processor seconds"), theirs, ours):
                print(f"  {name}: DuckDB {theirs_s:.2f}, arrears with opening and writing {ours_s:.2f}, ratio {theirs_s / ours_s:.1f}")
            con.execute(
                f"create or replace temp view ours as select i.n as customer, (as_of - date '1970-01-01')::int as t, p.* from '{out}' p "
                f"join (select word, file_row_number as n from read_parquet('{names['customer_ids']}', file_row_number = true)) i "
                "on p.customer_id = i.word"
            )
            if unit == "customer":
                columns = [c[0] for c in con.execute("describe panel").fetchall() if c[0] not in ("customer", "t")]
                con.execute("create or replace temp view known as select * from ours where tenure_days is not null")
                compare(con, "known", table, "customer, t", columns)
            else:
                con.execute(
                    "create or replace temp view numbered as select *, row_number() over (partition by customer, t order by days_past_due desc, "
                    "amount_against_habit, at_stake) as k from ours"
                )
                con.execute(
                    f"create or replace temp view theirs as select *, row_number() over (partition by customer, t order by days_past_due desc, "
                    f"amount_against_habit, at_stake) as k from {table}"
                )
                compare(con, "numbered", "theirs", "customer, t, k", ["at_stake", "days_past_due", "amount_against_habit"])


if __name__ == "__main__":
    main()
