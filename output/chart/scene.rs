//! Marks of a drawing, in pixels, before any format is chosen.
//!
//! A text knows its box, since the font is measured; so tests can look for overlaps.

/// Grey levels far enough apart to be told from each other in print, with a hue for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Grey,
    Grid,
    Paper,
    /// Exports: dark.
    Exports,
    /// Imports: light, always with an outline or a hatch.
    Imports,
    ImportsLine,
    /// Balance: lightest, with an outline.
    Balance,
    /// Shades of a heat map, 0 (lightest) to 3: the import side reports more, or less. Both ladders
    /// have the same greys, since a sign in the cell says which it is.
    More(u8),
    Less(u8),
}

impl Ink {
    /// The hue on the screen; a copy in grey has its lightness.
    pub(super) fn rgb(self) -> (u8, u8, u8) {
        match self {
            Ink::Black => (26, 26, 26),
            Ink::Grey => (90, 90, 90),
            Ink::Grid => (216, 216, 216),
            Ink::Paper => (255, 255, 255),
            Ink::Exports => (18, 60, 105),
            Ink::Imports => (248, 205, 150),
            Ink::ImportsLine => (186, 96, 10),
            Ink::Balance => (222, 228, 233),
            Ink::More(0) => (222, 234, 246),
            Ink::More(1) => (158, 195, 225),
            Ink::More(2) => (70, 130, 180),
            Ink::More(_) => (18, 60, 105),
            Ink::Less(0) => (253, 231, 206),
            Ink::Less(1) => (238, 186, 124),
            Ink::Less(2) => (190, 115, 35),
            Ink::Less(_) => (110, 52, 0),
        }
    }
}

/// What of a text stands at its `x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A box; `y` grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }
}

/// What a painter can draw.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    Fill { area: Area, ink: Ink },
    Line { points: Vec<(f64, f64)>, ink: Ink, width: f64 },
    Disc { centre: (f64, f64), radius: f64, ink: Ink },
    Text(Text),
}

/// One line of text; `y` is the middle of its capital letters.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub text: String,
    pub x: f64,
    pub y: f64,
    pub anchor: Anchor,
    pub size: f64,
    pub is_bold: bool,
    pub ink: Ink,
}

/// A picture before it has a format: marks in the order in which they cover each other.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub width: f64,
    pub height: f64,
    pub marks: Vec<Mark>,
}

impl Scene {
    /// An empty picture of this size, without paper.
    pub(super) fn new(width: f64, height: f64) -> Self {
        Scene { width, height, marks: Vec::new() }
    }

    pub(super) fn fill(&mut self, area: Area, ink: Ink) {
        self.marks.push(Mark::Fill { area, ink });
    }

    /// A line through all points.
    pub(super) fn line(&mut self, points: &[(f64, f64)], ink: Ink, width: f64) {
        self.marks.push(Mark::Line { points: points.to_vec(), ink, width });
    }

    /// A thin border inside which nothing changes.
    pub(super) fn outline(&mut self, area: Area, ink: Ink) {
        let Area { left, top, right, bottom } = area;
        self.line(&[(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], ink, 1.0);
    }

    /// Lines from lower left to upper right, `gap` pixels apart.
    pub(super) fn hatch(&mut self, area: Area, gap: f64, ink: Ink) {
        let height = area.bottom - area.top;
        if area.width() <= 0.0 || height <= 0.0 {
            return;
        }
        // Lines start at multiples of the gap on the whole picture, so that neighbours look alike.
        let mut offset = ((area.left + area.top) / gap).ceil() * gap;
        while offset < area.right + area.bottom {
            let left = (offset - area.bottom).max(area.left);
            let right = (offset - area.top).min(area.right);
            if right > left {
                self.line(&[(left, offset - left), (right, offset - right)], ink, 1.0);
            }
            offset += gap;
        }
    }

    /// A line broken into dashes.
    pub(super) fn dashes(&mut self, points: &[(f64, f64)], dash: f64, gap: f64, ink: Ink, width: f64) {
        let (mut is_drawn, mut left_over) = (true, dash);
        for pair in points.windows(2) {
            let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
            let length = (to_x - x).hypot(to_y - y);
            let mut at = 0.0;
            while length - at > 1e-6 {
                let step = left_over.min(length - at);
                let point = |distance: f64| (x + (to_x - x) * distance / length, y + (to_y - y) * distance / length);
                if is_drawn {
                    self.line(&[point(at), point(at + step)], ink, width);
                }
                at += step;
                left_over -= step;
                if left_over <= 1e-6 {
                    is_drawn = !is_drawn;
                    left_over = if is_drawn { dash } else { gap };
                }
            }
        }
    }

    pub(super) fn disc(&mut self, centre: (f64, f64), radius: f64, ink: Ink) {
        self.marks.push(Mark::Disc { centre, radius, ink });
    }

    /// An empty text leaves no mark.
    pub(super) fn text(&mut self, text: Text) {
        if !text.text.is_empty() {
            self.marks.push(Mark::Text(text));
        }
    }
}

impl Text {
    /// Black, not bold, and begins at `x`.
    pub(super) fn new(text: impl Into<String>, x: f64, y: f64, size: f64) -> Self {
        Text { text: text.into(), x, y, anchor: Anchor::Start, size, is_bold: false, ink: Ink::Black }
    }

    /// What of the text stands at its `x`.
    pub(super) fn anchored(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    pub(super) fn bold(mut self) -> Self {
        self.is_bold = true;
        self
    }

    pub(super) fn ink(mut self, ink: Ink) -> Self {
        self.ink = ink;
        self
    }

    /// Where the letters stand.
    #[cfg(test)]
    pub(super) fn area(&self) -> Area {
        let width = super::font::width(&self.text, self.size, self.is_bold);
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        Area { left, right: left + width, top: self.y - self.size * 0.5, bottom: self.y + self.size * 0.5 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_no_more_than_the_line() {
        let mut scene = Scene::new(100.0, 100.0);
        scene.dashes(&[(0.0, 0.0), (10.0, 0.0), (10.0, 0.0), (30.0, 0.0)], 4.0, 3.0, Ink::Black, 1.0);
        let drawn: f64 = scene
            .marks
            .iter()
            .map(|mark| match mark {
                Mark::Line { points, .. } => points[1].0 - points[0].0,
                _ => 0.0,
            })
            .sum();
        assert!((drawn - 18.0).abs() < 1e-6, "{drawn}");
    }
}
