//! Colours as terminals can show them: 24 bits, the 256-colour cube, the 16 of old, or none.

use ratatui::style::Color;

/// How many colours a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Depth {
    /// None: `NO_COLOR` is set, or the terminal has none. Attributes such as bold stay.
    None,
    /// The 16 ANSI colours, whose looks the user's own palette decides.
    Ansi16,
    /// The 256-colour cube.
    Indexed256,
    /// 24 bits.
    True,
}

impl Depth {
    /// Tells it from the variables `NO_COLOR`, `COLORTERM` and `TERM`.
    pub fn detect(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let term = term.unwrap_or_default();
        match (no_color, colorterm) {
            (Some(set), _) if !set.is_empty() => Self::None,
            (_, Some("truecolor" | "24bit")) => Self::True,
            _ if term.is_empty() || term == "dumb" || term.starts_with("vt") => Self::None,
            _ if term.ends_with("-direct") || term.contains("kitty") || term.contains("ghostty") => Self::True,
            _ if term.contains("256") => Self::Indexed256,
            _ => Self::Ansi16,
        }
    }

    /// The colour that comes closest to it.
    pub fn nearest(self, color: Color) -> Color {
        match (self, color) {
            (Self::None, _) => Color::Reset,
            (Self::Indexed256, Color::Rgb(r, g, b)) => Color::Indexed(cube([r, g, b])),
            (Self::Ansi16, Color::Rgb(r, g, b)) => ansi([r, g, b]),
            (Self::True | Self::Indexed256 | Self::Ansi16, same) => same,
        }
    }
}

/// Reads `#rrggbb`, an ANSI name, or `default`.
pub(super) fn parse(text: &str) -> Option<Color> {
    if text == "default" {
        return Some(Color::Reset);
    }
    if let Some(hex) = text.strip_prefix('#') {
        let value = u32::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 6 && hex.is_ascii())?;
        let [_, r, g, b] = value.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    NAMED.iter().find(|(name, ..)| *name == text).map(|(_, color, _)| *color)
}

/// The ANSI colours with the looks that most terminals give them.
const NAMED: [(&str, Color, [u8; 3]); 16] = [
    ("black", Color::Black, [0, 0, 0]),
    ("red", Color::Red, [205, 49, 49]),
    ("green", Color::Green, [13, 188, 121]),
    ("yellow", Color::Yellow, [205, 160, 0]),
    ("blue", Color::Blue, [36, 114, 200]),
    ("magenta", Color::Magenta, [188, 63, 188]),
    ("cyan", Color::Cyan, [17, 168, 205]),
    ("gray", Color::Gray, [200, 200, 200]),
    ("darkgray", Color::DarkGray, [102, 102, 102]),
    ("lightred", Color::LightRed, [241, 76, 76]),
    ("lightgreen", Color::LightGreen, [35, 209, 139]),
    ("lightyellow", Color::LightYellow, [245, 245, 67]),
    ("lightblue", Color::LightBlue, [59, 142, 234]),
    ("lightmagenta", Color::LightMagenta, [214, 112, 214]),
    ("lightcyan", Color::LightCyan, [41, 184, 219]),
    ("white", Color::White, [255, 255, 255]),
];

fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let squares = a.iter().zip(b).map(|(x, y)| u32::from(x.abs_diff(y)).pow(2));
    // the eye tells greens apart best and blues worst
    squares.zip([3, 5, 2]).map(|(square, weight)| square * weight).sum()
}

fn ansi(rgb: [u8; 3]) -> Color {
    NAMED.iter().min_by_key(|(_, _, looks)| distance(rgb, *looks)).map_or(Color::Reset, |(_, color, _)| *color)
}

/// The index of the nearest of the 6×6×6 cube (16–231) and the 24 greys (232–255).
fn cube(rgb: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let level = |value: u8| {
        let nearest = (0_u8..6).zip(LEVELS).min_by_key(|(_, level)| level.abs_diff(value));
        nearest.unwrap_or((0, 0))
    };
    let [(r, red), (g, green), (b, blue)] = rgb.map(level);
    let (grey, shade) =
        (0_u8..24).map(|n| (n, 8 + 10 * n)).min_by_key(|(_, s)| distance(rgb, [*s; 3])).unwrap_or((0, 8));
    if distance(rgb, [shade; 3]) < distance(rgb, [red, green, blue]) { 232 + grey } else { 16 + 36 * r + 6 * g + b }
}
