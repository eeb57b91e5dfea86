-- Totals of the declaration differ from the sum of its items
--
-- A header states how many items follow, and what they weigh and cost together. Every
-- total that is stated is compared with the items of the same file and those that an
-- amendment adds; one that some item leaves empty is not. Header and items are as
-- amended. A form with headers has one date a declaration, so that all items of a header
-- are of one month. Usual cause: an item lost on the way. A difference counts when it
-- exceeds both tolerances, the share and the absolute one; the number of items is exact.
-- The finding is about the header: its item is 0. A header that states nothing to compare
-- cannot be judged.
--
-- class:    set
-- severity: warning
-- field:    item_no

with added as (

    -- what an amendment adds bears its batch and line
    select distinct
        batch_id,
        line_no,
        true as is_added
    from amendment

),

item_of_header as (

    select
        declaration.batch_id,
        declaration.line_no,
        item.package_count,
        item.gross_mass_kg,
        item.invoice_amount,
        item.statistical_value,
        case
            when $recording_date in ('acceptance', 'acceptance_else_release')
                then coalesce(item.acceptance_date, item.release_date, item.received_on)
            when $recording_date in ('arrival', 'arrival_else_release')
                then coalesce(item.arrival_date, item.release_date, item.acceptance_date, item.received_on)
            else coalesce(item.release_date, item.acceptance_date, item.received_on)
        end as recording_date
    from added
    right join (
        declaration
        join item
            on  declaration.declaration_id = item.declaration_id
            and coalesce(declaration.version, 1) = coalesce(item.version, 1)
    )
        on  added.batch_id = item.batch_id
        and added.line_no = item.line_no
    where item.batch_id = declaration.batch_id
        or added.is_added

),

item_total as (

    select
        batch_id,
        line_no,
        count(*) as item_count,
        case when count(package_count) = count(*) then sum(package_count) end as package_count,
        case when count(gross_mass_kg) = count(*) then sum(gross_mass_kg) end as gross_mass_kg,
        case when count(invoice_amount) = count(*) then sum(invoice_amount) end as invoice_amount,
        case when count(statistical_value) = count(*) then sum(statistical_value) end as statistical_value,
        min(recording_date) as recording_date
    from item_of_header
    group by
        batch_id,
        line_no

),

tolerance as (

    select
        max(case when name = 'declaration_total_tolerance' then cast(value as decimal(9, 6)) end) as share,
        max(case when name = 'declaration_total_tolerance_absolute' then cast(value as decimal(9, 3)) end) as absolute
    from parameter
    where $last_day between valid_from and valid_to

),

compared as (

    select
        declaration.batch_id,
        declaration.line_no,
        declaration.declaration_id,
        case
            when declaration.item_count <> item_total.item_count
                then concat('item_count ', declaration.item_count, ' / ', item_total.item_count)
        end as item_count,
        case
            when abs(declaration.package_count - item_total.package_count)
                > greatest(tolerance.absolute, declaration.package_count * tolerance.share)
                then concat('package_count ', declaration.package_count, ' / ', item_total.package_count)
        end as package_count,
        case
            when abs(declaration.gross_mass_kg - item_total.gross_mass_kg)
                > greatest(tolerance.absolute, declaration.gross_mass_kg * tolerance.share)
                then concat('gross_mass_kg ', declaration.gross_mass_kg, ' / ', item_total.gross_mass_kg)
        end as gross_mass_kg,
        case
            when abs(declaration.invoice_amount - item_total.invoice_amount)
                > greatest(tolerance.absolute, declaration.invoice_amount * tolerance.share)
                then concat('invoice_amount ', declaration.invoice_amount, ' / ', item_total.invoice_amount)
        end as invoice_amount,
        case
            when abs(declaration.statistical_value - item_total.statistical_value)
                > greatest(tolerance.absolute, declaration.statistical_value * tolerance.share)
                then concat('statistical_value ', declaration.statistical_value, ' / ', item_total.statistical_value)
        end as statistical_value,
        coalesce(
            declaration.item_count,
            declaration.package_count + item_total.package_count,
            declaration.gross_mass_kg + item_total.gross_mass_kg,
            declaration.invoice_amount + item_total.invoice_amount,
            declaration.statistical_value + item_total.statistical_value
        ) is not null as is_comparable,
        item_total.recording_date
    from declaration
    join item_total
        on  item_total.batch_id = declaration.batch_id
        and item_total.line_no = declaration.line_no
    cross join tolerance

)

select
    declaration_id,
    cast(0 as int) as item_no,
    concat_ws(', ', item_count, package_count, gross_mass_kg, invoice_amount, statistical_value) as observed,
    batch_id,
    line_no,
    recording_date,
    case
        when coalesce(item_count, package_count, gross_mass_kg, invoice_amount, statistical_value) is not null then true
        when is_comparable then false
    end as verdict
from compared
