"""Ageing, flow, roll rates, cohorts and the DSO family of ../../data, in plain DuckDB SQL.

Written from the definitions, not from the Rust code: a table of documents, a table of dated changes, and one query a metric.
Writes expected/*.csv; `cargo test parity` compares the program with them.

    python -m pip install -r requirements.txt && python duckdb_metrics.py
"""

from pathlib import Path

import duckdb

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "data"
db = duckdb.connect()

db.execute(f"""
create table invoices as select * from read_csv('{DATA}/invoices.csv', all_varchar = true);
create table receipts as select * from read_csv('{DATA}/receipts.csv', all_varchar = true);

create table documents as
select customer_id || '/' || invoice_id as id, customer_id, currency, kind, issued_on::date as issued_on, due_on::date as due_on,
       case kind when 'credit_note' then -1 else 1 end * amount::decimal(18, 2) as amount
from invoices;

create table lines as
select receipt_id, application::int as application, r.customer_id, r.kind, r.paid_on::date as paid_on,
       greatest(coalesce(r.applied_on, r.paid_on)::date, d.issued_on) as applied_on,
       d.id as document, r.customer_id || '/' || r.document_id as note, r.amount::decimal(18, 2) as amount,
       coalesce(d.currency, r.currency) as currency, r.document_id is not null as is_note, r.reverses
from receipts r left join documents d on d.id = r.customer_id || '/' || r.invoice_id;

-- What each line is about: a reversal takes back the kind of the line it names.
create table natures as
select l.receipt_id, l.application,
       case when l.kind = 'reversal' then o.kind else l.kind end as money
from lines l left join lines o on l.reverses = o.receipt_id || '/' || o.application;

-- Every change of a balance: on a document, or (document null) on the customer's unapplied items.
create table changes as
-- Straight onto a document.
select document, customer_id, currency, applied_on as day, -amount as delta, kind, receipt_id, application
from lines where document is not null and kind in ('cash', 'credit', 'write_off', 'discount')
union all
select document, customer_id, currency, paid_on, amount, kind, receipt_id, application
from lines where document is not null and kind in ('refund', 'reversal')
-- A credit note that is set against a claim is used up by as much.
union all
select note, customer_id, currency, applied_on, amount, 'note_used', receipt_id, application from lines where is_note
-- Money that waited between its day and its application was unapplied meanwhile.
union all
select null, customer_id, currency, paid_on, -amount, kind, receipt_id, application
from lines where document is not null and applied_on > paid_on and kind in ('cash', 'credit') and not is_note
union all
select null, customer_id, currency, applied_on, amount, 'waited', receipt_id, application
from lines where document is not null and applied_on > paid_on and kind in ('cash', 'credit') and not is_note
-- Money on no document.
union all
select null, customer_id, currency, paid_on, case when kind in ('refund', 'reversal') then amount else -amount end, kind,
       receipt_id, application
from lines where document is null and kind <> 'recovery';

create table months as
select unnest(generate_series(date '2024-01-01', date '2025-12-01', interval 1 month))::date as first,
       (first + interval 1 month - interval 1 day)::date as last;

-- What is open on each document at each month end, and how old it is.
create table open_items as
select m.last as day, d.*, d.amount + coalesce(sum(c.delta) filter (c.day <= m.last), 0) as open,
       m.last - d.due_on as days_past_due
from months m join documents d on d.issued_on <= m.last left join changes c on c.document = d.id
group by m.last, d.id, d.customer_id, d.currency, d.kind, d.issued_on, d.due_on, d.amount;

create table claims as
select *, case when due_on is null then 'no_due_date' when days_past_due <= 0 then 'not_due'
               when days_past_due <= 30 then '1-30' when days_past_due <= 60 then '31-60'
               when days_past_due <= 90 then '61-90' when days_past_due <= 120 then '91-120' else '121+' end as state
from open_items where kind <> 'credit_note' and open > 0;

create table balances as
select day, currency, sum(open) as receivables from (
    select day, currency, open from open_items
    union all
    select m.last, c.currency, c.delta from months m join changes c on c.document is null and c.day <= m.last)
group by all;
""")


def write(name: str, query: str) -> None:
    path = HERE / "expected" / f"{name}.csv"
    db.execute(f"copy ({query}) to '{path}' (header, delimiter ',')")
    print(path.name, db.execute(f"select count(*) from ({query})").fetchone()[0], "rows")


write("aging", """
with aged as (
    select day, currency, sum(open) filter (state = 'not_due') as not_due,
           sum(open) filter (state = '1-30') as days_1_30, sum(open) filter (state = '31-60') as days_31_60,
           sum(open) filter (state = '61-90') as days_61_90, sum(open) filter (state = '91-120') as days_91_120,
           sum(open) filter (state = '121+') as days_121_plus, count(*) as n_open_items
    from claims group by all)
select a.day, a.currency, coalesce(not_due, 0) as not_due, coalesce(days_1_30, 0) as days_1_30,
       coalesce(days_31_60, 0) as days_31_60, coalesce(days_61_90, 0) as days_61_90,
       coalesce(days_91_120, 0) as days_91_120, coalesce(days_121_plus, 0) as days_121_plus,
       b.receivables as control
from aged a join balances b using (day, currency)
order by day, currency
""")

write("flow", """
with moved as (
    select currency, date_trunc('month', issued_on)::date as first, kind, abs(amount) as amount from documents
    union all
    select currency, date_trunc('month', c.day)::date,
           case when kind in ('refund', 'reversal') then kind else kind || '_in' end, abs(delta)
    from changes c join lines l using (receipt_id, application, kind, currency)
    where c.kind in ('cash', 'credit', 'write_off', 'discount', 'refund', 'reversal') and not l.is_note
      -- Money that waited counts on the day it came in, as unapplied money.
      and not (c.document is not null and l.applied_on > l.paid_on and c.kind in ('cash', 'credit')))
select m.currency, strftime(m.first, '%Y-%m') as month, o.receivables as opening,
       coalesce(sum(amount) filter (kind = 'invoice'), 0) as invoiced,
       coalesce(sum(amount) filter (kind = 'debit_note'), 0) as debit_notes,
       coalesce(sum(amount) filter (kind = 'finance_charge'), 0) as charges,
       coalesce(sum(amount) filter (kind = 'credit_note'), 0) as credit_notes,
       coalesce(sum(amount) filter (kind = 'credit_in'), 0) as credits,
       coalesce(sum(amount) filter (kind = 'cash_in'), 0) as cash,
       coalesce(sum(amount) filter (kind = 'discount_in'), 0) as discounts,
       coalesce(sum(amount) filter (kind = 'write_off_in'), 0) as write_offs,
       coalesce(sum(amount) filter (kind = 'refund'), 0) as refunds,
       coalesce(sum(amount) filter (kind = 'reversal'), 0) as reversals,
       c.receivables as closing
from moved m
join balances o on o.currency = m.currency and o.day = m.first - 1
join balances c on c.currency = m.currency and c.day = (m.first + interval 1 month - interval 1 day)::date
where m.first >= date '2025-01-01'
group by m.currency, m.first, o.receivables, c.receivables order by m.currency, m.first
""")

write("roll_rates", """
with last_money as (
    select c.document, m.last,
           arg_max(case when c.kind = 'note_used' then 'credit' else n.money end, (c.day, c.receipt_id, c.application)) as money
    from months m join changes c on c.document is not null and c.day <= m.last and c.day >= m.first
    join natures n using (receipt_id, application)
    where c.kind in ('cash', 'credit', 'write_off', 'discount')
    group by c.document, m.last),
pairs as (
    select o.currency, o.state as from_state,
           coalesce(c.state, case l.money when 'credit' then 'credited' when 'write_off' then 'written_off' else 'paid' end) as to_state
    from months m
    join claims o on o.day = m.first - 1
    left join claims c on c.id = o.id and c.day = m.last
    left join last_money l on l.document = o.id and l.last = m.last
    where m.first >= date '2025-01-01'),
counted as (select currency, from_state, to_state, count(*) as n from pairs group by currency, from_state, to_state)
select currency, 'count' as kind, from_state, to_state, n, n / n_from as rate, n_from from (
    select *, (sum(n) over (partition by currency, from_state))::bigint as n_from from counted)
order by currency, from_state, to_state
""")

write("cohorts", """
with cells as (
    select d.currency, date_trunc('month', d.issued_on)::date as origin,
           greatest(date_diff('month', d.issued_on, c.day), 0) as age,
           -c.delta as cash
    from documents d join changes c on c.document = d.id join natures n using (receipt_id, application)
    where d.kind <> 'credit_note' and (c.kind = 'refund' or (c.kind in ('cash', 'reversal') and n.money = 'cash'))),
entered as (
    select currency, date_trunc('month', issued_on)::date as origin, count(*) as n_documents, sum(amount) as entered
    from documents where kind <> 'credit_note' group by all),
grid as (
    select e.*, age from entered e, range(0, 24) ages(age)
    where origin >= date '2025-01-01' and origin + to_months(age::int) <= date '2025-12-31')
select g.currency, strftime(g.origin, '%Y-%m') as origin, g.age, n_documents, entered,
       coalesce(sum(cash), 0)::decimal(18, 2) as cash_cumulative,
       coalesce(sum(cash), 0)::double / entered::double as recovery_rate
from grid g left join cells c on c.currency = g.currency and c.origin = g.origin and c.age <= g.age
group by g.currency, g.origin, g.age, n_documents, entered order by g.currency, g.origin, g.age
""")

write("dso", """
with sales as (
    select currency, m.last as day, m.first,
           coalesce(sum(amount) filter (kind <> 'finance_charge'), 0) as credit_sales
    from months m join documents d on d.issued_on between m.first and m.last group by currency, m.last, m.first),
at_end as (
    select s.*, b.receivables, date_diff('day', s.first, s.day) + 1 as n_days,
           sum(credit_sales) over w as window_sales, sum(n_days) over w as window_days,
           avg(b.receivables::double) over w as mean_receivables,
           lag(b.receivables) over (partition by s.currency order by s.day) as opening
    from sales s join balances b using (day, currency)
    window w as (partition by s.currency order by s.day rows 2 preceding)),
aged as (
    select day, currency, sum(open) filter (state = 'not_due') as not_due, sum(open) filter (days_past_due > 0) as overdue,
           sum(open::double * (day - issued_on)) / sum(open) as true_dso
    from claims group by all),
-- Sales from each earlier month end to this one, newest first.
taken as (
    select a.currency, a.day, a.receivables, s.day as taken_day, s.n_days, s.credit_sales,
           sum(s.credit_sales) over (partition by a.currency, a.day order by s.day desc) as sales_so_far
    from at_end a join at_end s on s.currency = a.currency and s.day <= a.day),
countback as (
    select currency, day,
           sum(case when sales_so_far <= receivables then n_days
                    when sales_so_far - credit_sales < receivables
                    then n_days * (receivables - (sales_so_far - credit_sales))::double / credit_sales::double
                    else 0 end) as countback_dso
    from taken group by currency, day),
applied as (
    select d.currency, last_day(c.day) as day, -sum(c.delta) as cash_applied,
           sum(c.delta::double * (d.due_on - d.issued_on)) / sum(c.delta) as weighted_terms,
           sum(c.delta::double * (c.day - d.due_on)) / sum(c.delta) as weighted_days_late
    from changes c join documents d on d.id = c.document
    where c.kind = 'cash' and d.kind <> 'credit_note' and d.due_on is not null group by d.currency, last_day(c.day))
select currency, strftime(day, '%Y-%m') as month, receivables, not_due, overdue, credit_sales, window_sales, window_days,
       receivables::double / window_sales::double * window_days as dso,
       not_due::double / window_sales::double * window_days as best_possible_dso,
       countback_dso, true_dso,
       100 * (opening + credit_sales - receivables)::double / (opening + credit_sales - not_due)::double
           as collection_effectiveness,
       cash_applied, weighted_terms, weighted_days_late, weighted_terms + weighted_days_late as weighted_days_to_pay,
       window_sales::double / mean_receivables as turnover
from at_end join aged using (currency, day) join countback using (currency, day) join applied using (currency, day)
where day >= date '2025-01-01' order by currency, day
""")

# Days from issue to the day from which a claim stays settled, as of the last day; input of survival.py.
write("durations", """
with days as (
    select d.id, d.currency, d.issued_on, d.amount, c.day, sum(c.delta) as delta,
           arg_max(case when c.kind = 'note_used' then 'credit' else n.money end, (c.receipt_id, c.application))
               filter (c.kind in ('cash', 'credit', 'write_off', 'discount')) as money
    from documents d join changes c on c.document = d.id and c.day <= date '2025-12-31'
    join natures n using (receipt_id, application)
    where d.kind <> 'credit_note'
    group by d.id, d.currency, d.issued_on, d.amount, c.day),
running as (
    select *, amount + sum(delta) over (partition by id order by day) as open from days),
-- The first change after the last day that ended with something open.
settled as (
    select id, min(day) as day, max_by(money, day) filter (money is not null) as money from running r
    where day > coalesce((select max(o.day) from running o where o.id = r.id and o.open > 0), date '1900-01-01')
    group by id)
select d.currency, coalesce(s.day, date '2025-12-31') - d.issued_on as days,
       case when s.day is null then 'open' when s.money = 'credit' then 'credited'
            when s.money = 'write_off' then 'written_off' else 'paid' end as exit,
       count(*) as n
from documents d left join settled s using (id)
where d.kind <> 'credit_note' and d.issued_on between date '2025-01-01' and date '2025-12-31'
group by 1, 2, 3 order by 1, 2, 3
""")
