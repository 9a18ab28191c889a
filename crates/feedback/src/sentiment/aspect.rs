//! What a message is about: the first aspect whose words it has.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// Playback stops.
    Rebuffer,
    Quality,
    /// How far behind live.
    Latency,
    /// How long until it plays.
    Startup,
    Audio,
    /// Frames, motion, or all of it running well.
    Smooth,
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

/// The entries of the table by their first letter, all of them ASCII: a text is looked at word by word, not entry by entry.
/// With each its row of the table.
static BY_LETTER: LazyLock<[Vec<(&'static str, usize)>; 128]> = LazyLock::new(|| {
    let mut letters = [const { Vec::new() }; 128];
    for (row, (_, words)) in TABLE.iter().enumerate() {
        for word in words.split('|') {
            letters[usize::from(word.as_bytes()[0])].push((word, row));
        }
    }
    letters
});

/// What a text is about.
pub fn of(text: &str) -> Aspect {
    let text = super::bounded(text);
    let mut plain = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\u{2019}' => plain.push('\''),
            c if c.is_ascii_alphanumeric() || c == '\'' || c == '-' => plain.push(c.to_ascii_lowercase()),
            c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
            _ if plain.is_empty() || plain.ends_with(' ') => {}
            _ => plain.push(' '),
        }
    }
    plain.push(' ');
    let mut first = TABLE.len();
    let mut rest = plain.as_str();
    while let Some(byte) = rest.bytes().next() {
        let begin = BY_LETTER.get(usize::from(byte)).into_iter().flatten();
        first = begin.filter(|(word, _)| rest.starts_with(word)).map(|(_, row)| *row).fold(first, usize::min);
        rest = rest.split_once(' ').map_or("", |(_, behind)| behind);
    }
    TABLE.get(first).map_or(Aspect::None, |(aspect, _)| *aspect)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every entry looked for in the whole text.
    fn searched(text: &str) -> Aspect {
        let letter = |c: char| if c.is_alphanumeric() || "'-".contains(c) { c } else { ' ' };
        let text: String = text.to_lowercase().chars().map(letter).collect();
        let text = format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "));
        let stands = |words: &str| words.split('|').any(|word| text.contains(&format!(" {word}")));
        TABLE.iter().find(|(_, words)| stands(words)).map_or(Aspect::None, |(aspect, _)| *aspect)
    }

    #[test]
    fn the_index_finds_what_a_search_finds() {
        let entries = TABLE.iter().flat_map(|(_, words)| words.split('|'));
        let texts: Vec<String> = entries
            .flat_map(|word| {
                ["", "x", "é "].map(|before| format!("{before}{word}")).into_iter().chain([
                    format!("The {word}, again"),
                    format!("{} sharp sound!", word.to_uppercase()),
                    format!("{word}gap- smooth"),
                ])
            })
            .chain(["", " ", "!", "none of it"].map(String::from))
            .collect();
        for text in texts {
            assert_eq!(of(&text), searched(&text), "{text:?}");
        }
    }
}
