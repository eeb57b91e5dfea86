-- Dates follow each other in an impossible order
--
-- Goods arrive, are declared, and are released, in this order. Usual causes: day and
-- month exchanged, last year's number in January. A date that is missing is not compared.
--
-- severity: error
-- field:    acceptance_date
-- method:   R-1.10

select
    declaration_id,
    item_no,
    concat_ws(' / ', arrival_date, acceptance_date, release_date) as observed
from described_item
where arrival_date > acceptance_date
    or acceptance_date > release_date
    or arrival_date > release_date
