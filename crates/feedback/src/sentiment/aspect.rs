//! What a message is about: the first aspect whose words it has.

use serde::{Deserialize, Serialize};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// Playback stops.
    Rebuffer,
    /// The picture.
    Quality,
    /// How far behind live.
    Latency,
    /// How long until it plays.
    Startup,
    /// The sound.
    Audio,
    /// Frames, motion, or all of it running well.
    Smooth,
    /// None of these.
    None,
}

impl Aspect {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Rebuffer => "rebuffer",
            Aspect::Quality => "quality",
            Aspect::Latency => "latency",
            Aspect::Startup => "startup",
            Aspect::Audio => "audio",
            Aspect::Smooth => "smooth",
            Aspect::None => "none",
        }
    }
}

/// Beginnings of words (a whole word where it ends with a blank) and phrases, apart by `|`; the first aspect in this order wins.
const TABLE: [(Aspect, &str); 6] = [
    (
        Aspect::Audio,
        "audio|sound|volume |voice|crackl|lip sync|lip-sync|lips |out of sync|in sync|desync|mute|echo|muffled|hear \
         |commentary|commentator|speaker|static |music |mic |hum |surround|buzz|hiss",
    ),
    (
        Aspect::Latency,
        "latency|delay|behind |spoil|seconds before|minute before|minutes before|seconds late|real time|real-time|live edge\
         |ahead of |before your stream|before the stream|already know|already saw|gap |match up|after everyone",
    ),
    (
        Aspect::Startup,
        "to start |start |starts instantly|starts fast|starts quick|starts right|starts immediately|starts in |started fast\
         |started instantly|startup|start-up|loaded|loads |to load |load |black screen|blank page|blank screen|opens |opened \
         |launch|first frame|first picture|play button|pressed play|press play|hit play|clicked |won't open|loading screen\
         |begin|up and running|right away|showed up|first image|until it plays",
    ),
    (
        Aspect::Rebuffer,
        "buffer|rebuffer|freez|froze|lag|spinning|spinner|circle|wheel|stops |stopped |stopping|pause|interrupt|hangs|hung \
         |halt|locks up|chok|loading|unwatchable|cuts out|cutting out|cut out|disconnect|reload|waiting",
    ),
    (
        Aspect::Quality,
        "quality|pixel|blur|sharp|resolution|hd |4k |8k |hdr |1080p|720p|480p|360p|240p|144p|colour|color|grain|picture\
         |crystal|crisp|potato|mush|block|fuzzy|artifact|artefact|image|looks like|looks better|looking|banding|dark |bright\
         |uhd |low-res|bitrate must|squares|blade of|faces|read ",
    ),
    (
        Aspect::Smooth,
        "smooth|stutter|chopp|jerk|judder|frame|fps|slideshow|stall|hiccup|fluid|seamless|runs |works fine|works great\
         |works perfect|works well|works like|flawless|jitter|jump|motion|stable|steady|glitch",
    ),
];

/// What a text is about.
pub fn of(text: &str) -> Aspect {
    let mut plain = String::from(" ");
    for c in super::bounded(text).chars() {
        match c {
            '\u{2019}' => plain.push('\''),
            c if c.is_alphanumeric() || c == '\'' || c == '-' => plain.extend(c.to_lowercase()),
            _ if plain.ends_with(' ') => {}
            _ => plain.push(' '),
        }
    }
    plain.push(' ');
    let has = |word: &str| plain.match_indices(word).any(|(i, _)| plain[..i].ends_with(' '));
    TABLE.iter().find(|(_, words)| words.split('|').any(has)).map_or(Aspect::None, |(a, _)| *a)
}
