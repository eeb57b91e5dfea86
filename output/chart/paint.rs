//! Marks onto plotters: the one place that knows how each back end puts text.

use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

use super::Chart;
use super::font::{CAPITAL, FAMILY, rasterise, width};
use super::scene::{Anchor, Ink, Mark, Scene, Text};
use crate::edition::Edition;
use crate::error::Error;

/// Pixels of a picture for one of the drawing: back ends take whole pixels only, and print needs them finer.
const FINE: f64 = 2.0;

/// SVG text is sized by plotters in units of 1.24 em and hung by half the height of an x, 0.547 em.
const SVG_SIZE: f64 = 1.24;
const SVG_DROP: f64 = (CAPITAL - 0.547) / 2.0;

/// The picture with its text as text, and title and description for who cannot see it.
///
/// # Errors
/// When the drawing fails; the error names the chart.
pub(super) fn svg(scene: &Scene, chart: &Chart, edition: &Edition) -> Result<Vec<u8>, Error> {
    let mut text = String::new();
    let (width, height) = pixels(scene);
    {
        let mut backend = SVGBackend::with_string(&mut text, (width, height));
        paint(&mut backend, scene, named_text).map_err(|why| failed(chart, &why))?;
        backend.present().map_err(|why| failed(chart, &why))?;
    }
    let body = text.split_once('>').map_or("", |(_, body)| body);
    let (label, about) = (escaped(&chart.title), escaped(&about(chart, edition)));
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"{label}\">\n<title>{label}</title>\n<desc>{about}</desc>{body}",
        scene.width, scene.height
    )
    .into_bytes())
}

/// The same picture in pixels, two for one of the drawing, with title and description as text of the file.
///
/// # Errors
/// When the drawing fails; the error names the chart.
pub(super) fn png(scene: &Scene, chart: &Chart, edition: &Edition) -> Result<Vec<u8>, Error> {
    let (width, height) = pixels(scene);
    let mut buffer = vec![255_u8; width as usize * height as usize * 3];
    {
        let mut backend = BitMapBackend::with_buffer(&mut buffer, (width, height));
        paint(&mut backend, scene, drawn_text).map_err(|why| failed(chart, &why))?;
        backend.present().map_err(|why| failed(chart, &why))?;
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours pack best as they are; the fast setting would make ten times the bytes of them.
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::NoFilter);
    let write = || -> Result<(), png::EncodingError> {
        encoder.add_itxt_chunk("Title".to_owned(), clean(&chart.title))?;
        encoder.add_itxt_chunk("Description".to_owned(), about(chart, edition))?;
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&buffer)?;
        writer.finish()
    };
    write().map_err(|why| failed(chart, &why))?;
    Ok(bytes)
}

fn pixels(scene: &Scene) -> (u32, u32) {
    ((scene.width * FINE) as u32, (scene.height * FINE) as u32)
}

fn failed(chart: &Chart, why: &dyn std::fmt::Display) -> Error {
    Error::Drawing { chart: chart.name.clone(), why: why.to_string() }
}

/// What a picture carries when it is cut from its page.
fn about(chart: &Chart, edition: &Edition) -> String {
    let mark = if edition.synthetic { edition.words.synthetic() } else { "" };
    let subtitle = edition.language.capitalised(&chart.subtitle);
    let parts = [subtitle.as_str(), &chart.unit, &edition.source, &edition.trace(), &edition.method_digest, mark];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    clean(&parts.join(". "))
}

/// Neither XML nor a picture has control characters.
fn clean(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&letter) { ' ' } else { letter })
        .collect()
}

fn escaped(text: &str) -> String {
    maud::html! { (clean(text)) }.into_string()
}

/// Paints in order; only text differs between the back ends.
fn paint<DB: DrawingBackend>(
    backend: &mut DB,
    scene: &Scene,
    paint_text: impl Fn(&mut DB, &Text) -> Result<(), String>,
) -> Result<(), String> {
    for mark in &scene.marks {
        let painted = match mark {
            Mark::Fill { area, ink } => {
                let (from, to) = (at((area.left, area.top)), at((area.right, area.bottom)));
                backend.draw_rect(from, to, &style(*ink, 0.0), true)
            }
            Mark::Line { points, ink, width } => backend.draw_path(points.iter().map(|point| at(*point)), &style(*ink, *width)),
            Mark::Disc { centre, radius, ink } => {
                backend.draw_circle(at(*centre), (radius * FINE) as u32, &style(*ink, 0.0), true)
            }
            Mark::Text(text) => {
                paint_text(backend, text)?;
                Ok(())
            }
        };
        painted.map_err(|why| why.to_string())?;
    }
    Ok(())
}

/// Text as text, in the font it was measured with.
fn named_text<DB: DrawingBackend>(backend: &mut DB, text: &Text) -> Result<(), String> {
    let weight = if text.is_bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::Name(FAMILY), text.size * FINE * SVG_SIZE, weight);
    let horizontal = match text.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let mut style = TextStyle::from(font).pos(Pos::new(horizontal, VPos::Center));
    style.color = colour(text.ink).to_backend_color();
    let place = at((text.x, text.y + text.size * SVG_DROP));
    backend.draw_text(&clean(&text.text), &style, place).map_err(|why| why.to_string())
}

/// Text as pixels.
fn drawn_text<DB: DrawingBackend>(backend: &mut DB, text: &Text) -> Result<(), String> {
    let size = text.size * FINE;
    let letters = clean(&text.text);
    let width = width(&letters, size, text.is_bold);
    let left = match text.anchor {
        Anchor::Start => text.x * FINE,
        Anchor::Middle => text.x * FINE - width / 2.0,
        Anchor::End => text.x * FINE - width,
    };
    // A whole pixel, so that the feet of the letters are sharp.
    let baseline = (text.y * FINE + size * CAPITAL / 2.0).round();
    let mut painted = Ok(());
    rasterise(&letters, size, text.is_bold, (left, baseline), |x, y, coverage| {
        if painted.is_ok() {
            let ink = colour(text.ink).mix(f64::from(coverage.clamp(0.0, 1.0)));
            painted = backend.draw_pixel((x, y), ink.to_backend_color());
        }
    });
    painted.map_err(|why| why.to_string())
}

fn at((x, y): (f64, f64)) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

fn colour(ink: Ink) -> RGBColor {
    let (red, green, blue) = ink.rgb();
    RGBColor(red, green, blue)
}

fn style(ink: Ink, width: f64) -> ShapeStyle {
    ShapeStyle { color: colour(ink).into(), filled: width == 0.0, stroke_width: (width * FINE).round() as u32 }
}
