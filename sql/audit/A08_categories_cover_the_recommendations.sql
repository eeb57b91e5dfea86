-- Every recommendation on scope has a category, and every row of codes can be read
--
-- Sections 1.2 to 1.4 of the register name what is included, excluded and recorded
-- separately; each is a category, if only to say that no field shows it. A row of codes
-- has one of its first six columns, or nature and commodity together, and a flow only with
-- one of the first four; anything else would be read by no step and change nothing. R-1.4.11 is about the class
-- of every line, and no category of its own.
--
-- method: R-1.01

with named as (

    select unnest(string_to_array(method, ' ')) as number
    from special_category

)

select
    'columns that no step reads' as problem,
    concat_ws(' ', procedure_code, additional_procedure, transaction_nature, hs_prefix, border_transport_mode, partner, flow) as found
from category_code
where case when procedure_code is null then 0 else 1 end
    + case when additional_procedure is null then 0 else 1 end
    + case when transaction_nature is null and hs_prefix is null then 0 else 1 end
    + case when border_transport_mode is null then 0 else 1 end
    + case when partner is null then 0 else 1 end <> 1
    or (transaction_nature is not null and hs_prefix is not null and flow is not null)
    or (border_transport_mode is not null and flow is not null)
    or (partner is not null and flow is not null)

union all

select
    'recommendation without a category' as problem,
    method.number as found
from named
right anti join method
    on method.number = named.number
where method.number <> 'R-1.4.11'
    and (method.number like 'R-1.2.%' or method.number like 'R-1.3.%' or method.number like 'R-1.4.%')
