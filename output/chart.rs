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
mod monthly;
mod paint;
mod scale;
mod scene;

use crate::Artifact;
use crate::edition::Edition;
use crate::error::Error;

/// Most bars that one picture can show and still be read.
pub const MAX_BARS: usize = 60;

/// Most months: 30 years.
pub const MAX_MONTHS: usize = 360;

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
    pub drawing: Drawing,
}

/// The four drawings.
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
}

/// A label with its change.
#[derive(Clone, Debug)]
pub struct Change {
    pub label: String,
    pub change: Option<f64>,
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
    Ok(Artifact {
        name: format!("{}.{ending}", chart.name),
        bytes,
    })
}

fn lay_out(chart: &Chart, edition: &Edition) -> Result<scene::Scene, Error> {
    let (found, limit) = match &chart.drawing {
        Drawing::Monthly(months) => (months.len(), MAX_MONTHS),
        Drawing::Partners(pairs) | Drawing::Sections(pairs) => (pairs.len(), MAX_BARS),
        Drawing::Change(changes) => (changes.len(), MAX_BARS),
    };
    if found > limit {
        return Err(Error::TooManyBars {
            chart: chart.name.clone(),
            found,
            limit,
        });
    }
    if !font::is_readable() {
        return Err(Error::Drawing {
            chart: chart.name.clone(),
            why: "the shipped font cannot be read".to_owned(),
        });
    }
    Ok(match &chart.drawing {
        Drawing::Monthly(months) => monthly::scene(chart, edition, months),
        Drawing::Partners(pairs) => bars::partners(chart, edition, pairs),
        Drawing::Sections(pairs) => bars::sections(chart, edition, pairs),
        Drawing::Change(changes) => change::scene(chart, edition, changes),
    })
}

/// A figure that can be drawn; what is not finite is as good as missing.
fn drawable(figure: Option<f64>) -> Option<f64> {
    figure.filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::{samples, situations};
