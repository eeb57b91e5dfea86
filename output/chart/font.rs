//! The shipped font: how wide a text is, where it breaks, and its pixels.
//!
//! plotters puts each letter of a bitmap on a whole pixel and drops the space before
//! it, which makes words look torn; so letters are placed here, by parts of a pixel.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, Glyph, OutlinedGlyph, PxScale, ScaleFont, point};

/// Named in SVG as well: who has the font sees what was measured.
pub(super) const FAMILY: &str = "DejaVu Sans, sans-serif";

/// Height of a capital letter, in em.
pub(super) const CAPITAL: f64 = 0.729;

struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

fn fonts() -> Option<&'static Fonts> {
    static FONTS: OnceLock<Option<Fonts>> = OnceLock::new();
    let read = || {
        let regular = FontRef::try_from_slice(include_bytes!("../font/DejaVuSans.ttf")).ok()?;
        let bold = FontRef::try_from_slice(include_bytes!("../font/DejaVuSans-Bold.ttf")).ok()?;
        Some(Fonts { regular, bold })
    };
    FONTS.get_or_init(read).as_ref()
}

/// True if the shipped font can be read; nothing is drawn without it.
pub(super) fn is_readable() -> bool {
    fonts().is_some()
}

/// The letters of a text from `x` on, with the end of the last; `size` is the em.
fn glyphs(text: &str, size: f64, is_bold: bool, x: f64, baseline: f64) -> (Vec<Glyph>, f64) {
    let Some(fonts) = fonts() else {
        return (Vec::new(), x);
    };
    let font = if is_bold { &fonts.bold } else { &fonts.regular };
    let em = font.units_per_em().unwrap_or(2_048.0);
    let scale = PxScale::from(size as f32 * font.height_unscaled() / em);
    let scaled = font.as_scaled(scale);
    let mut at = x as f32;
    let mut last = None;
    let mut placed = Vec::new();
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        at += last.map_or(0.0, |last| scaled.kern(last, id));
        placed.push(id.with_scale_and_position(scale, point(at, baseline as f32)));
        at += scaled.h_advance(id);
        last = Some(id);
    }
    (placed, f64::from(at))
}

/// Width of a text in pixels.
pub(super) fn width(text: &str, size: f64, is_bold: bool) -> f64 {
    glyphs(text, size, is_bold, 0.0, 0.0).1
}

/// Calls `pixel` with place and coverage of every pixel of a text.
pub(super) fn rasterise(text: &str, size: f64, is_bold: bool, (x, baseline): (f64, f64), mut pixel: impl FnMut(i32, i32, f32)) {
    let Some(fonts) = fonts() else { return };
    let font = if is_bold { &fonts.bold } else { &fonts.regular };
    for outline in glyphs(text, size, is_bold, x, baseline).0.into_iter().filter_map(|glyph| font.outline_glyph(glyph)) {
        let corner = OutlinedGlyph::px_bounds(&outline).min;
        outline.draw(|right, down, coverage| pixel(corner.x as i32 + right as i32, corner.y as i32 + down as i32, coverage));
    }
}

/// The text in at most `lines` lines no wider than `room`; what does not fit ends in an ellipsis.
pub(super) fn wrap(text: &str, size: f64, is_bold: bool, room: f64, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while wrapped.len() < lines && words.peek().is_some() {
        let is_last = wrapped.len() + 1 == lines;
        if is_last {
            let rest: Vec<&str> = words.by_ref().collect();
            wrapped.push(shorten(&rest.join(" "), size, is_bold, room));
            break;
        }
        let mut line = words.next().unwrap_or_default().to_owned();
        while let Some(word) = words.peek() {
            let longer = format!("{line} {word}");
            if width(&longer, size, is_bold) > room {
                break;
            }
            line = longer;
            words.next();
        }
        wrapped.push(shorten(&line, size, is_bold, room));
    }
    wrapped
}

/// The text, or as much of it as fits with an ellipsis.
pub(super) fn shorten(text: &str, size: f64, is_bold: bool, room: f64) -> String {
    if width(text, size, is_bold) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |count: usize| {
        let kept: String = letters[..count].iter().collect();
        format!("{}…", kept.trim_end_matches([' ', ',', ';', '(']))
    };
    let (mut fits, mut too_long) = (0, letters.len());
    while fits + 1 < too_long {
        let middle = (fits + too_long) / 2;
        if width(&cut(middle), size, is_bold) <= room { fits = middle } else { too_long = middle }
    }
    // Between words if one ends near: half a word reads as another word.
    let near = fits.saturating_sub(14);
    let is_in_word = letters.get(fits).is_some_and(|letter| *letter != ' ');
    match letters[near..fits].iter().rposition(|letter| *letter == ' ') {
        Some(blank) if is_in_word && near + blank > 0 => cut(near + blank),
        _ => cut(fits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_wrap_and_then_end_in_an_ellipsis() {
        let name = "Bosniya və Herseqovina, Birləşmiş Ərəb Əmirlikləri və başqaları";
        let lines = wrap(name, 12.0, false, 160.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(lines.iter().all(|line| width(line, 12.0, false) <= 160.0), "{lines:?}");
        assert_eq!(wrap("Italy", 12.0, false, 160.0, 2), ["Italy"]);
        assert!(wrap("", 12.0, false, 160.0, 2).is_empty());
        assert!(wrap("Llanfairpwllgwyngyllgogerychwyrndrobwll", 12.0, false, 100.0, 2)[0].ends_with('…'));
    }

    #[test]
    fn letters_of_three_scripts_are_in_the_font() {
        assert!(is_readable());
        for letter in "ƏəĞğİıÖöŞşÜüÇç ЖжЩщЫыЭэЯя N№ …".chars().filter(|letter| *letter != ' ') {
            for font in [&fonts().expect("the font is shipped").regular, &fonts().expect("the font is shipped").bold] {
                assert_ne!(font.glyph_id(letter).0, 0, "{letter}");
            }
        }
    }
}
