//! The keys that work here, on one line; those that matter least go first when it is narrow.

use ratatui::layout::Rect;

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::keymap::{Action, Binding};
use crate::cockpit::role::Role;
use crate::shown::Shown;

/// Paints the bindings that fit, heaviest kept, in the order given; the way out stands at the right.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, bindings: &[Binding]) {
    let (leave, others): (Vec<_>, Vec<_>) = bindings.iter().copied().partition(|b| b.action == Action::Leave);
    let right: Vec<Piece> = leave.first().into_iter().flat_map(entry).collect();
    let reserved: usize = right.iter().map(|(text, _)| text.width()).sum();
    let kept = fitting(&others, usize::from(area.width).saturating_sub(reserved + 2));
    let mut column = 1;
    for binding in kept {
        column = canvas.line(area, column, 0, &entry(&binding));
    }
    canvas.line_right(area, 0, &right);
}

/// A key and what it does, with a gap after it.
fn entry(binding: &Binding) -> Vec<Piece> {
    let key = binding.keys.first().map_or(Shown::EMPTY, |key| key.shown());
    vec![(key, Role::Key), (Shown::from(format!(" {}", binding.label)), Role::Text), (Shown::fixed("   "), Role::Text)]
}

fn fitting(bindings: &[Binding], room: usize) -> Vec<Binding> {
    let mut kept: Vec<_> = bindings.iter().copied().filter(|binding| binding.weight > 0).collect();
    let width = |binding: &Binding| entry(binding).iter().map(|(text, _)| text.width()).sum::<usize>();
    while kept.iter().map(width).sum::<usize>() > room {
        // of several that matter equally little, the last one goes
        let Some(lightest) = kept.iter().map(|binding| binding.weight).min() else { break };
        let Some(at) = kept.iter().rposition(|binding| binding.weight == lightest) else { break };
        kept.remove(at);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cockpit::keymap::{Context, working};

    #[test]
    fn the_keys_that_decide_stay_longest() {
        let all: Vec<Binding> = working(&[Context::Step, Context::Everywhere]).into_iter().copied().collect();
        let labels = |room| fitting(&all, room).iter().map(|b| b.label).collect::<Vec<_>>();
        assert_eq!(labels(40), ["approve", "flag off", "trust plan"]);
        assert!(labels(400).len() > labels(80).len());
        assert!(labels(0).is_empty());
    }
}
