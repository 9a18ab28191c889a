//! The low-latency rules of dash.js, and what they stand on there.

mod l2a;
mod lol_plus;
mod rule;

pub use l2a::{L2a, L2aState};
pub use lol_plus::{LolPlus, LolPlusView};
pub use rule::{DashJsRule, LowLatency};

use units::BitRate;

/// The bitrate that dash.js begins with while it knows nothing.
pub const INITIAL: BitRate = BitRate::from_kbps(1000.0);

/// The highest level at most this rate; the lowest if there is none.
pub fn sustained(bitrates: &[BitRate], rate: BitRate) -> usize {
    bitrates.iter().rposition(|b| *b <= rate).unwrap_or(0)
}
