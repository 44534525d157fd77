//! Embedded themes are whole at every depth, and a wrong file says what to write.

use super::*;

const DEPTHS: [Depth; 4] = [Depth::None, Depth::Ansi16, Depth::Indexed256, Depth::True];

#[test]
fn embedded_themes_style_every_role_at_every_depth() {
    for (name, text) in EMBEDDED {
        for depth in DEPTHS {
            let theme = Theme::read(text, depth).unwrap();
            assert_eq!(theme.name().as_str(), name);
            assert_eq!(theme.styles.len(), Role::ALL.len());
        }
    }
}

#[test]
fn without_colours_attributes_carry_what_colours_did() {
    for (name, _) in EMBEDDED {
        let theme = Theme::embedded(name, Depth::None);
        for role in Role::ALL {
            let style = theme.style(role);
            assert!(style.fg.is_none_or(|c| c == Color::Reset) && style.bg.is_none_or(|c| c == Color::Reset));
        }
        for role in [Role::Selection, Role::Button, Role::Danger, Role::Match] {
            assert!(theme.style(role).add_modifier.contains(Modifier::REVERSED), "{}", role.name());
        }
        assert!(theme.style(Role::Waiting).add_modifier.contains(Modifier::BOLD));
    }
}

#[test]
fn text_can_be_read_on_what_lies_below() {
    for (name, _) in EMBEDDED {
        let theme = Theme::embedded(name, Depth::True);
        for surface in [Role::Ground, Role::Dialog] {
            let ground = theme.style(surface).bg.unwrap();
            for role in Role::ALL {
                let style = theme.style(role);
                let (Some(fg), bg) = (style.fg, style.bg.unwrap_or(ground)) else { continue };
                let least = if matches!(role, Role::Border) { 1.5 } else { 4.5 };
                let ratio = contrast(fg, bg);
                assert!(ratio >= least, "{name}: {} on {} has a contrast of {ratio:.1}", role.name(), surface.name());
            }
        }
    }
}

/// The contrast ratio of WCAG 2.
fn contrast(one: Color, other: Color) -> f64 {
    let luminance = |color| {
        let Color::Rgb(r, g, b) = color else { panic!("not a 24-bit colour") };
        let [r, g, b] = [r, g, b].map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.039_28 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other): (f64, f64) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn a_wrong_theme_says_what_to_write() {
    let (_, dark) = EMBEDDED[0];
    let complaint = |text: &str| Theme::read(text, Depth::True).unwrap_err().to_string();
    let without = dark.lines().filter(|line| !line.starts_with("doubt")).collect::<Vec<_>>().join("\n");
    assert_eq!(complaint(&without), "the theme has no role \"doubt\": add a line for it under [roles]");
    assert!(
        complaint(&dark.replace("doubt ", "dubious ")).starts_with("\"dubious\" is not a role: the roles are ground,")
    );
    assert!(complaint(&dark.replace("#ff7b7b", "ff7b7b")).starts_with("\"ff7b7b\" of role \"bad\" is not a colour"));
    assert!(
        complaint(&dark.replace("\"bold\"", "\"blink\"")).contains("\"blink\" of role \"strong\" is not an attribute")
    );
    assert!(complaint("name = 1").contains("(line 1)"));
    assert!(complaint(&dark.replacen("fg =", "color =", 1)).contains("(line 7)"));
}

#[test]
fn depth_is_told_from_the_environment() {
    for (no_color, colorterm, term, depth) in [
        (Some("1"), Some("truecolor"), Some("xterm-256color"), Depth::None),
        (Some(""), Some("truecolor"), None, Depth::True),
        (None, None, Some("xterm-256color"), Depth::Indexed256),
        (None, None, Some("screen"), Depth::Ansi16),
        (None, None, Some("dumb"), Depth::None),
        (None, None, None, Depth::None),
    ] {
        assert_eq!(Depth::detect(no_color, colorterm, term), depth);
    }
}

#[test]
fn colours_become_their_neighbours() {
    assert_eq!(Depth::Indexed256.nearest(Color::Rgb(255, 0, 0)), Color::Indexed(196));
    assert_eq!(Depth::Indexed256.nearest(Color::Rgb(20, 23, 28)), Color::Indexed(234));
    assert_eq!(Depth::Ansi16.nearest(Color::Rgb(250, 70, 70)), Color::LightRed);
    assert_eq!(Depth::True.nearest(Color::Rgb(1, 2, 3)), Color::Rgb(1, 2, 3));
}
