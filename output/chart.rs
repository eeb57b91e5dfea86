//! Charts, each as SVG and PNG from the same drawing.
//!
//! A chart is laid out as marks on a scene, in pixels, with every text measured by
//! the font that is shipped; then painted by plotters. So a label is wrapped,
//! shortened or left out before it can be clipped or run into another, and a test
//! can look at where every text stands.
//!
//! Floats are for drawing only: figures that are published stand in the tables.
//! Series differ in lightness, hatching and markers, not in hue alone, so that a
//! copy in grey can be read.

mod bars;
mod change;
mod font;
mod frame;
mod heat;
mod monthly;
mod paint;
mod scale;
mod scene;
mod waterfall;

use crate::Artifact;
use crate::edition::Edition;
use crate::error::Error;

/// Most bars that one picture can show and still be read.
pub const MAX_BARS: usize = 60;

/// Most months: 30 years.
pub const MAX_MONTHS: usize = 360;

/// Most columns of a heat map: narrower, and their heads would run into each other.
pub const MAX_COLUMNS: usize = 30;

/// What a chart shows and what it says around it.
#[derive(Clone, Debug)]
pub struct Chart {
    /// File name without ending.
    pub name: String,
    pub title: String,
    /// The period in words.
    pub subtitle: String,
    /// Unit of the values as given; the drawing does not convert.
    pub unit: String,
    /// Decimals of the figures beside the bars.
    pub decimals: u32,
    /// Lines under the drawing.
    pub notes: Vec<String>,
    pub drawing: Drawing,
}

/// The drawings.
#[derive(Clone, Debug)]
pub enum Drawing {
    /// Exports and imports as lines, their balance as bars.
    Monthly(Vec<Month>),
    /// Exports and imports side by side for each partner, in the order given.
    Partners(Vec<Pair>),
    /// Shares of exports and of imports in two panels, in the order given.
    Sections(Vec<Pair>),
    /// Change on the year before, to both sides of zero, in the order given.
    Change(Vec<Change>),
    /// Two reports of the same trade side by side.
    Sides(Sides),
    /// From one report to the other, cause by cause.
    Waterfall(Vec<Step>),
    /// How far two reports differ, in rows and columns.
    HeatMap(HeatMap),
}

/// Two reports of one flow over time.
#[derive(Clone, Debug)]
pub struct Sides {
    /// Who reports what: of the first report and of the second.
    pub names: [String; 2],
    pub points: Vec<SidePoint>,
}

/// A month of both reports, or a whole year where it has no month.
#[derive(Clone, Copy, Debug)]
pub struct SidePoint {
    pub year: i32,
    pub month: Option<u32>,
    pub figures: [Option<f64>; 2],
}

/// A bar of the waterfall.
#[derive(Clone, Debug)]
pub struct Step {
    pub label: String,
    /// A level, or for a cause what it takes away (below zero) or adds.
    pub value: Option<f64>,
    pub kind: StepKind,
}

/// What a bar of the waterfall is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A figure as reported: the bar stands on zero, and the next ones go on from its end.
    Level,
    /// A cause that stands in the records.
    Recorded,
    /// A cause that is estimated.
    Estimated,
    /// What no cause reaches.
    Unexplained,
}

/// Rows against columns; a cell is the import side less the export side, in percent of their mean.
#[derive(Clone, Debug)]
pub struct HeatMap {
    pub rows: Vec<String>,
    pub columns: Vec<HeatColumn>,
    /// Row by row; what neither side reports is missing.
    pub cells: Vec<Vec<Option<f64>>>,
    /// Upper ends of the three lighter shades, rising; what is more is darkest.
    pub bounds: [f64; 3],
}

/// The head of a column, and what it means.
#[derive(Clone, Debug)]
pub struct HeatColumn {
    pub code: String,
    pub name: String,
    /// The one the picture is about.
    pub is_bold: bool,
}

/// A month of the monthly drawing; a figure that is missing leaves a gap.
#[derive(Clone, Copy, Debug)]
pub struct Month {
    pub year: i32,
    pub month: u32,
    pub exports: Option<f64>,
    pub imports: Option<f64>,
    pub balance: Option<f64>,
}

/// A label with a figure for each flow.
#[derive(Clone, Debug)]
pub struct Pair {
    pub label: String,
    pub exports: Option<f64>,
    pub imports: Option<f64>,
    /// Whether the figure of exports, and that of imports, is an estimate.
    pub estimated: [bool; 2],
}

impl Pair {
    fn figures(&self) -> [Figure; 2] {
        [
            Figure { value: self.exports, is_estimate: self.estimated[0] },
            Figure { value: self.imports, is_estimate: self.estimated[1] },
        ]
    }
}

/// A figure beside a bar.
#[derive(Clone, Copy, Debug)]
struct Figure {
    value: Option<f64>,
    is_estimate: bool,
}

/// A label with its change.
#[derive(Clone, Debug)]
pub struct Change {
    pub label: String,
    pub change: Option<f64>,
    pub is_estimate: bool,
}

impl Drawing {
    /// Whether a figure in it bears the mark of an estimate.
    fn has_estimates(&self) -> bool {
        match self {
            Drawing::Partners(pairs) | Drawing::Sections(pairs) => pairs.iter().any(|pair| pair.estimated.contains(&true)),
            Drawing::Change(changes) => changes.iter().any(|change| change.is_estimate),
            _ => false,
        }
    }
}

/// Picture formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    Svg,
    /// Twice the pixels of the drawing, for print.
    Png,
}

/// The chart as a file.
pub fn draw(chart: &Chart, edition: &Edition, picture: Picture) -> Result<Artifact, Error> {
    let scene = lay_out(chart, edition)?;
    let (ending, bytes) = match picture {
        Picture::Svg => ("svg", paint::svg(&scene, chart, edition)?),
        Picture::Png => ("png", paint::png(&scene, chart, edition)?),
    };
    Ok(Artifact { name: format!("{}.{ending}", chart.name), bytes })
}

fn lay_out(chart: &Chart, edition: &Edition) -> Result<scene::Scene, Error> {
    let (found, limit) = match &chart.drawing {
        Drawing::Monthly(months) => (months.len(), MAX_MONTHS),
        Drawing::Partners(pairs) | Drawing::Sections(pairs) => (pairs.len(), MAX_BARS),
        Drawing::Change(changes) => (changes.len(), MAX_BARS),
        Drawing::Sides(sides) => (sides.points.len(), MAX_MONTHS),
        Drawing::Waterfall(steps) => (steps.len(), MAX_BARS),
        Drawing::HeatMap(map) if map.columns.len() > MAX_COLUMNS => (map.columns.len(), MAX_COLUMNS),
        Drawing::HeatMap(map) => (map.rows.len(), MAX_BARS),
    };
    if found > limit {
        return Err(Error::TooManyBars { chart: chart.name.clone(), found, limit });
    }
    if !font::is_readable() {
        return Err(Error::Drawing { chart: chart.name.clone(), why: "the shipped font cannot be read".to_owned() });
    }
    Ok(match &chart.drawing {
        Drawing::Monthly(months) => monthly::scene(chart, edition, months),
        Drawing::Partners(pairs) => bars::partners(chart, edition, pairs),
        Drawing::Sections(pairs) => bars::sections(chart, edition, pairs),
        Drawing::Change(changes) => change::scene(chart, edition, changes),
        Drawing::Sides(sides) => monthly::sides(chart, edition, sides),
        Drawing::Waterfall(steps) => waterfall::scene(chart, edition, steps),
        Drawing::HeatMap(map) => heat::scene(chart, edition, map),
    })
}

/// A figure that can be drawn; what is not finite is as good as missing.
fn drawable(figure: Option<f64>) -> Option<f64> {
    figure.filter(|value| value.is_finite())
}

#[cfg(test)]
mod mirror_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::samples;
