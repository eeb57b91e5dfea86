-- Which flows have data in any month up to the published one: one row
--
-- A country may hand in the declarations of one flow only. Its other flow is then not
-- nil but unknown, and so are turnover and balance: the tables show it as missing. Goods
-- that are not counted show that the flow is declared.
--
-- method: R-1.28
-- grain:  has_exports, has_imports

select
    count(*) filter (where publishable_category.flow = 'X') > 0 as has_exports,
    count(*) filter (where publishable_category.flow = 'M') > 0 as has_imports
from published_month
join publishable_category
    on publishable_category.period = published_month.period
where publishable_category.period <= $period
