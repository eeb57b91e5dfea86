-- What each pattern could explain of each gap, by itself
--
-- One row a bar and cell, from the files of the bars. Claims may overlap: the order in
-- which they are met is that of `waterfall`.
--
-- method: R-4.1
-- grain:  bar, basis, exporter, importer, frequency, period, commodity_code
-- view:   yes

select
    'time_lag' as bar,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from bar_time_lag
-- in the waterfall the lag is no claim: it moves figures before the patterns look at them
where basis = 'alone'

union all

select
    'confidentiality' as bar,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from bar_confidentiality

union all

select
    'transit' as bar,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from bar_transit

union all

select
    'hub_origin' as bar,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from bar_hub_origin

union all

select
    'classification' as bar,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from bar_classification

union all

select
    'edition' as bar,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from bar_edition

union all

select
    'threshold' as bar,
    basis,
    exporter,
    importer,
    frequency,
    period,
    commodity_code,
    amount
from bar_threshold
