-- Declarations received more than once in the same version
--
-- Their items are compared one by one: the same content twice is a duplicate
-- receipt and kept once, different content is finding V02.
--
-- grain: declaration_id, version

select
    receipt.declaration_id,
    receipt.version
from receipt
group by
    receipt.declaration_id,
    receipt.version
having count(distinct receipt.batch_id) > 1
