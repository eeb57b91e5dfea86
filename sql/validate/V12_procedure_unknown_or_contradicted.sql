-- The procedure is unknown, or contradicts the type of declaration
--
-- Flow and scope come from the procedure pair of box 37, so an unknown pair cannot be
-- counted; and one that means an export on an import declaration (box 1) leaves open
-- which of the two is right.
--
-- severity: error
-- field:    procedure_code
-- list:     procedure
-- method:   R-1.20, R-1.60

select
    declaration_id,
    item_no,
    concat_ws(' ', procedure_code, declaration_type) as observed
from described_item
where not procedure_is_known
    or (declaration_type like 'IM%' and flow = 'X')
    or (declaration_type like 'EX%' and flow = 'M')
