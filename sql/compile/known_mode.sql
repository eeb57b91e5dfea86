-- The modes of transport that the list knows in the days of the run, each with its main mode
--
-- The main mode is the shortest code of the same Comtrade code, so that two-digit modes,
-- which say how goods were loaded, count under the one-digit mode. What publication shows
-- by mode, `publishable_detail`, looks in the list itself: it has days of its own.
--
-- grain:  mode
-- view:   yes

with mode_in_force as (

    select
        mode,
        first_value(mode) over (partition by comtrade_code order by length(mode), mode) as main_mode
    from transport_mode
    where valid_from <= $last_day
        and valid_to >= $first_day

)

select distinct
    mode,
    main_mode
from mode_in_force
