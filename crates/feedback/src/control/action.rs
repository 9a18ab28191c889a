//! What the controller can do.

use serde::{Deserialize, Serialize};

/// A height of the picture, by which bitrates are capped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Height {
    #[serde(rename = "240p")]
    P240,
    #[serde(rename = "360p")]
    P360,
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "720p")]
    P720,
    /// 1080 lines and more: what is called no cap.
    #[serde(rename = "1080p+")]
    P1080,
}

impl Height {
    /// All, from the lowest.
    pub const ALL: [Height; 5] = [Height::P240, Height::P360, Height::P480, Height::P720, Height::P1080];

    /// As it is printed.
    pub fn name(self) -> &'static str {
        ["240p", "360p", "480p", "720p", "1080p+"][self as usize]
    }

    /// Lines of the picture; None where there is no cap.
    pub fn lines(self) -> Option<u32> {
        [Some(240), Some(360), Some(480), Some(720), None][self as usize]
    }

    /// One lower.
    pub fn lower(self) -> Option<Height> {
        (self as usize).checked_sub(1).map(|i| Height::ALL[i])
    }

    /// One higher.
    pub fn higher(self) -> Option<Height> {
        Height::ALL.get(self as usize + 1).copied()
    }

    /// The height that a word names: `720p`, `720`, `HD`, `full HD`, `HD1440`, `4K`, ...
    pub fn find(word: &str) -> Option<Height> {
        let word = word.trim().to_ascii_lowercase().replace([' ', '-'], "");
        let lines = match word.as_str() {
            "hd" => 720,
            "fullhd" | "fhd" | "max" | "best" | "highest" | "source" | "qhd" | "2k" | "4k" | "8k" | "uhd" => {
                1080
            }
            "sd" => 480,
            "lowest" | "min" => 240,
            word => {
                let digits = word.strip_prefix("hd").unwrap_or(word);
                // `1080p60` names the frame rate behind it.
                digits.split('p').next()?.parse().ok()?
            }
        };
        match lines {
            144 | 240 => Some(Height::P240),
            360 => Some(Height::P360),
            480 | 540 => Some(Height::P480),
            720 => Some(Height::P720),
            1080 | 1440 | 2160 | 4320 => Some(Height::P1080),
            _ => None,
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The player may go higher.
    Raise {
        /// The highest picture from now on.
        cap: Height,
    },
    /// Nothing changes.
    Keep {
        /// The highest picture.
        cap: Height,
    },
    /// The player must stay lower.
    Lower {
        /// The highest picture from now on.
        cap: Height,
    },
    /// The player holds more or less in its buffer.
    Buffer { target_s: f64 },
    /// A viewer gets another share of the cell.
    Share {
        viewer: String,
        /// What the viewer weighs on the shared link; 1 is everybody's.
        weight: f64,
    },
    /// An operator should look.
    Alert {
        /// At what.
        about: String,
    },
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Action::Raise { cap } => write!(f, "Raise bitrate ({})", cap.name()),
            Action::Keep { cap: Height::P1080 } => write!(f, "Maintain HD (1080p+)"),
            Action::Keep { cap } => write!(f, "Maintain ({})", cap.name()),
            Action::Lower { cap } => write!(f, "Lower bitrate ({})", cap.name()),
            Action::Buffer { target_s } => write!(f, "Buffer target ({target_s:.0} s)"),
            Action::Share { viewer, weight } => write!(f, "Share of {viewer} (weight {weight})"),
            Action::Alert { about } => write!(f, "Alert ({about})"),
        }
    }
}

impl Action {
    /// Whether one undoes the other.
    pub fn opposes(&self, other: &Action) -> bool {
        matches!(
            (self, other),
            (Action::Raise { .. }, Action::Lower { .. }) | (Action::Lower { .. }, Action::Raise { .. })
        )
    }
}
