//! Always the same rung: the control of every experiment.
//!
//! | option | default | meaning |
//! |---|---|---|
//! | level | 0 | which rung, 0 the lowest; beyond the top means the top |

use crate::{AbrStrategy, Decision, PlayerView};

/// See the module page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fixed {
    /// Which rung, 0 the lowest.
    pub level: usize,
}

impl AbrStrategy for Fixed {
    #[inline]
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        Decision::fetch(self.level.min(view.video.ladder().top()))
    }

    fn lacks(&self, ladder: &media::Ladder) -> Option<String> {
        let (level, top) = (self.level, ladder.top());
        (level > top).then(|| format!("the ladder has no level {level}: the top, {top}, is played"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_on_its_rung_or_the_top() {
        let video = super::super::tests::video();
        let view = PlayerView::at_start(&video, units::Seconds::new(30.0));
        assert_eq!(Fixed { level: 2 }.decide(&view), Decision::fetch(2));
        assert_eq!(Fixed { level: 99 }.decide(&view), Decision::fetch(5));
    }
}
