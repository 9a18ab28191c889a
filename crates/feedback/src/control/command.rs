//! What a viewer may ask for in words, spoken or typed.
//!
//! ```text
//! command  = { courtesy } , ( change | height | buffer | "stop" | go on ) , { courtesy } ;
//! courtesy = "please" | "pls" | "hey" | "ok" | "segue" | "now" | "can you" | "could you" | "would you" | "will you" ;
//! change   = ( down | up ) , [ article ] , quality | quality , ( "down" | "up" | "lower" | "higher" ) ;
//! down     = "lower" | "reduce" | "decrease" | "drop" | "turn down" | "less" ;
//! up       = "raise" | "increase" | "higher" | "turn up" | "improve" | "better" | "more" ;
//! quality  = "quality" | "bitrate" | "resolution" | "picture" | "video" ;
//! height   = [ set ] , [ article | quality | "to" ] , name of a height ;
//! set      = "set" | "switch" | "change" | "go" | "use" | "cap" | "limit" | "give me" | "play" | "show" | "make it" | "i want" ;
//! buffer   = "buffer" , ( "more" | "longer" | "less" ) | ( longer | shorter ) , [ article ] , "buffer" ;
//! longer   = "more" | "longer" | "bigger" | "increase" | "raise" | "extend" ;
//! shorter  = "less" | "shorter" | "smaller" | "decrease" | "reduce" | "lower" ;
//! go on    = "go on" | "continue" | "resume" | "start again" ;
//! ```
//!
//! The whole text must be a command: "it keeps lowering the quality" is none.

use serde::{Deserialize, Serialize};

use super::Height;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// The cap one rung down.
    Lower,
    /// The cap one rung up.
    Raise,
    Cap(Height),
    /// No cap.
    Auto,
    BufferMore,
    BufferLess,
    /// The controller stops acting.
    Stop,
    /// It acts again.
    GoOn,
}

/// The longest command, in words.
const WORDS: usize = 12;

/// The command that a text is, if it is one.
///
/// ```
/// use feedback::control::{Command, Height, command};
///
/// assert_eq!(command("Lower the quality, please"), Some(Command::Lower));
/// assert_eq!(command("720p please"), Some(Command::Cap(Height::P720)));
/// assert_eq!(command("buffer more"), Some(Command::BufferMore));
/// assert_eq!(command("can you increase the buffer?"), Some(Command::BufferMore));
/// assert_eq!(command("a shorter buffer"), None);
/// assert_eq!(command("reduce the buffer, please"), Some(Command::BufferLess));
/// assert_eq!(command("stop"), Some(Command::Stop));
/// assert_eq!(command("it keeps lowering the quality"), None);
/// ```
pub fn command(text: &str) -> Option<Command> {
    // What is longer than a command is not looked at.
    if text.len() > 200 {
        return None;
    }
    let plain: String =
        text.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    if words.len() > WORDS {
        return None;
    }
    let words = without_courtesy(&words);
    match words {
        ["stop"] => return Some(Command::Stop),
        ["go", "on"] | ["continue"] | ["resume"] | ["start", "again"] => return Some(Command::GoOn),
        ["buffer", "more" | "longer"] => return Some(Command::BufferMore),
        ["buffer", "less"] => return Some(Command::BufferLess),
        _ => {}
    }
    change(words).or_else(|| buffer(words)).or_else(|| height(words))
}

const QUALITY: [&str; 5] = ["quality", "bitrate", "resolution", "picture", "video"];
const ARTICLES: [&str; 6] = ["the", "my", "a", "this", "its", "it"];

fn without_courtesy<'a, 'b>(mut words: &'b [&'a str]) -> &'b [&'a str] {
    const ONE: [&str; 7] = ["please", "pls", "hey", "ok", "okay", "segue", "now"];
    loop {
        words = match words {
            [first, rest @ ..] if ONE.contains(first) => rest,
            ["can" | "could" | "would" | "will", "you", rest @ ..] => rest,
            [rest @ .., last] if ONE.contains(last) => rest,
            [rest @ .., "thank", "you"] | [rest @ .., "thanks"] => rest,
            words => return words,
        };
    }
}

fn change(words: &[&str]) -> Option<Command> {
    let object = |rest: &[&str]| {
        let rest: Vec<&&str> = rest.iter().filter(|w| !ARTICLES.contains(w)).collect();
        matches!(rest[..], [what] if QUALITY.contains(what))
            || matches!(rest[..], [first, second] if QUALITY.contains(second) && QUALITY.contains(first))
    };
    match words {
        ["turn", rest @ .., "down"] | ["turn", "down", rest @ ..] if object(rest) => Some(Command::Lower),
        ["turn", rest @ .., "up"] | ["turn", "up", rest @ ..] if object(rest) => Some(Command::Raise),
        ["lower" | "reduce" | "decrease" | "drop" | "less" | "worse", rest @ ..] if object(rest) => {
            Some(Command::Lower)
        }
        ["raise" | "increase" | "higher" | "improve" | "better" | "more", rest @ ..] if object(rest) => {
            Some(Command::Raise)
        }
        [rest @ .., "down" | "lower"] if object(rest) => Some(Command::Lower),
        [rest @ .., "up" | "higher"] if object(rest) => Some(Command::Raise),
        _ => None,
    }
}

fn buffer(words: &[&str]) -> Option<Command> {
    let (first, rest) = words.split_first()?;
    let rest: Vec<&&str> = rest.iter().filter(|w| !ARTICLES.contains(w)).collect();
    match *first {
        _ if rest != [&"buffer"] => None,
        "more" | "longer" | "bigger" | "increase" | "raise" | "extend" => Some(Command::BufferMore),
        "less" | "shorter" | "smaller" | "decrease" | "reduce" | "lower" => Some(Command::BufferLess),
        _ => None,
    }
}

fn height(words: &[&str]) -> Option<Command> {
    let rest = match words {
        ["give", "me", rest @ ..] | ["i", "want", rest @ ..] | ["make", "it", rest @ ..] => rest,
        ["set" | "switch" | "change" | "go" | "use" | "cap" | "limit" | "play" | "show", rest @ ..] => rest,
        words => words,
    };
    let filler = |w: &&&str| {
        !(ARTICLES.contains(w) || QUALITY.contains(w) || matches!(**w, "to" | "at" | "in" | "back"))
    };
    let rest: Vec<&str> = rest.iter().filter(filler).copied().collect();
    let name = rest.concat();
    match name.as_str() {
        "" => None,
        "auto" | "automatic" => Some(Command::Auto),
        name => Height::find(name).map(Command::Cap),
    }
}
