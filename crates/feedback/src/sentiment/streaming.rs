//! The backend `default`: VADER with the vocabulary of people who watch streams.
//!
//! VADER knows no "buffering" and takes "works fine" for little. This backend reads `data/streaming.tsv` on top of its lexicon:
//! words with other ratings, and phrases, each of which becomes one word with a rating before VADER's grammar (negation,
//! intensifiers, capitals, "but", punctuation) does the rest. Four things are its own:
//!
//! - a fault that is not there ("not a single stall", "the buffering is gone") is praise;
//! - a question that asks for information ("is there a low latency option") is no praise, however good the words in it;
//! - a statement about how the stream plays ("faces turn into squares") that has no rated word is a weak complaint, since
//!   few mention a stream that plays; one in which its author tells what they do ("I set the quality to auto") is neutral;
//! - praise in front of a complaint ("Great, another freeze.") is meant as the complaint.
//!
//! English only. The list was chosen by hand and its quality is measured in `docs/feedback.md`.

use std::collections::HashMap;

use super::vader::THRESHOLD;
use super::{Label, Opinion, Sentiment, Vader, aspect};
use crate::FeedbackError;

const LIST: &str = include_str!("../../data/streaming.tsv");

/// More words that negate what follows.
const NEGATIONS: [&str; 3] = ["zero", "no-one", "nobody"];

/// How a question for information begins.
const ASKS: [&str; 26] = [
    "what", "which", "when", "where", "who", "whose", "is", "are", "do", "does", "did", "can", "could",
    "will", "would", "should", "has", "have", "any", "anyone", "anybody", "how", "was", "were", "whats",
    "what's",
];

/// Praise that stands alone in front of a complaint.
const IRONY: [&str; 16] = [
    "great",
    "nice",
    "wonderful",
    "awesome",
    "lovely",
    "perfect",
    "fantastic",
    "brilliant",
    "cool",
    "thanks",
    "wow",
    "good",
    "yay",
    "excellent",
    "amazing",
    "super",
];

/// Of a statement about how the stream plays that has no rated word.
const UNSAID: f64 = -0.15;

/// Who tells what they did does not complain of it.
const DOING: [&str; 34] = [
    "set",
    "use",
    "using",
    "used",
    "have",
    "has",
    "got",
    "change",
    "changed",
    "switch",
    "switched",
    "switching",
    "watch",
    "watching",
    "listen",
    "listening",
    "turned",
    "turning",
    "try",
    "trying",
    "tried",
    "need",
    "prefer",
    "choose",
    "chose",
    "picked",
    "will",
    "would",
    "test",
    "testing",
    "recording",
    "record",
    "starts",
    "begins",
];

#[derive(Clone, Debug)]
enum Place {
    Words(Vec<&'static str>),
    Fault,
    Gap,
}

/// A phrase and the word that stands for it.
#[derive(Clone, Debug)]
struct Phrase {
    places: Vec<Place>,
    stands_for: &'static str,
}

/// The words that stand for phrases, and their ratings: from the private use area, so that no text has them.
const STANDS_FOR: [(&str, f64); 4] = [
    ("\u{e000}neutral", 0.0),
    ("\u{e001}negative", -2.5),
    ("\u{e002}relief", 2.0),
    ("\u{e003}positive", 2.5),
];

/// VADER with the vocabulary of streaming.
#[derive(Clone, Debug)]
pub struct Streaming {
    vader: Vader,
    faults: std::collections::BTreeSet<&'static str>,
    phrases: Vec<Phrase>,
    /// The phrases that may begin with a word.
    by_first: HashMap<&'static str, Vec<usize>>,
}

impl Default for Streaming {
    fn default() -> Streaming {
        Streaming::new()
    }
}

impl Streaming {
    /// The backend, its list read once for all.
    pub fn shared() -> &'static Streaming {
        static SHARED: std::sync::LazyLock<Streaming> = std::sync::LazyLock::new(Streaming::new);
        &SHARED
    }

    /// The backend, its list read.
    pub fn new() -> Streaming {
        let mut ratings: Vec<(&'static str, f64)> = STANDS_FOR.to_vec();
        let mut faults = std::collections::BTreeSet::new();
        let mut phrases = Vec::new();
        for (head, items) in LIST.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')) {
            let (rating, fault) = head.split_once(' ').map_or((head, false), |(r, _)| (r, true));
            let Ok(rating) = rating.parse::<f64>() else { continue };
            for item in items.split(',').map(str::trim).filter(|i| !i.is_empty()) {
                if item.contains([' ', '|', '<']) {
                    phrases.push(Phrase { places: places(item), stands_for: stands_for(rating) });
                } else {
                    ratings.push((item, rating));
                    if fault {
                        faults.insert(item);
                    }
                }
            }
        }
        let mut by_first: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for (i, phrase) in phrases.iter().enumerate() {
            let first: Vec<&'static str> = match phrase.places.first() {
                Some(Place::Words(words)) => words.clone(),
                _ => faults.iter().copied().collect(),
            };
            for word in first {
                by_first.entry(word).or_default().push(i);
            }
        }
        let vader = Vader::new().with_words(ratings).with_negations(NEGATIONS);
        Streaming { vader, faults, phrases, by_first }
    }

    /// The compound of a text, -1 to 1.
    fn compound(&self, text: &str) -> f64 {
        let words: Vec<&str> = text.split_whitespace().collect();
        let lower: Vec<String> = words.iter().map(|w| plain(w)).collect();
        if let Some(first) = lower.first().filter(|w| IRONY.contains(&w.as_str())) {
            let alone =
                words[0].len() > first.len() || lower.get(1).is_some_and(|w| w == "another" || w == "more");
            let rest = self.score(&words[1..], &lower[1..]);
            if alone && rest <= -THRESHOLD {
                return rest;
            }
        }
        let compound = self.score(&words, &lower);
        let asks = asks(text, &lower);
        match () {
            () if asks => compound.min(0.0),
            // Nobody mentions how it plays when it plays, unless to say so.
            () if compound.abs() < THRESHOLD && complains(text, &lower) => UNSAID,
            () => compound,
        }
    }

    /// The compound of words of which phrases have become one.
    fn score(&self, words: &[&str], lower: &[String]) -> f64 {
        let mut text = String::new();
        let mut i = 0;
        while i < words.len() {
            let found = self.by_first.get(lower[i].as_str()).into_iter().flatten();
            let longest = found
                .filter_map(|p| Some((self.length(&self.phrases[*p].places, &lower[i..])?, *p)))
                .max_by_key(|(length, p)| (*length, std::cmp::Reverse(*p)));
            if !text.is_empty() {
                text.push(' ');
            }
            match longest {
                Some((length, phrase)) => {
                    text.push_str(self.phrases[phrase].stands_for);
                    // The punctuation behind it is emphasis.
                    text.extend(words[i + length - 1].chars().rev().take_while(|c| "!?".contains(*c)));
                    i += length;
                }
                None => {
                    text.push_str(words[i]);
                    i += 1;
                }
            }
        }
        self.vader.scores(&text.replace('\u{2019}', "'")).compound
    }

    /// How many words a phrase takes at the beginning of these, if it stands there; the most where gaps leave a choice.
    fn length(&self, places: &[Place], words: &[String]) -> Option<usize> {
        let Some((place, rest)) = places.split_first() else { return Some(0) };
        if let Place::Gap = place {
            let filled = words.get(1..).and_then(|w| self.length(rest, w)).map(|n| n + 1);
            return filled.max(self.length(rest, words));
        }
        let word = words.first()?.as_str();
        let fits = match place {
            Place::Words(any) => any.contains(&word),
            _ => self.faults.contains(word),
        };
        if fits { Some(1 + self.length(rest, &words[1..])?) } else { None }
    }
}

impl Sentiment for Streaming {
    fn name(&self) -> &'static str {
        "default"
    }

    fn judge(&self, text: &str) -> Result<Opinion, FeedbackError> {
        let compound = self.compound(super::bounded(text));
        let label = match compound {
            c if c >= THRESHOLD => Label::Positive,
            c if c <= -THRESHOLD => Label::Negative,
            _ => Label::Neutral,
        };
        Ok(Opinion::new(label, compound, aspect::of(text)))
    }
}

/// A question for information: it begins as one, or ends as one, and does not ask why.
fn asks(text: &str, lower: &[String]) -> bool {
    let first = lower.first().map_or("", String::as_str);
    (ASKS.contains(&first) && lower.len() > 2) || text.trim_end().ends_with('?') && first != "why"
}

/// A statement about how the stream plays, not about what its author did.
fn complains(text: &str, lower: &[String]) -> bool {
    aspect::of(text) != aspect::Aspect::None
        && lower.len() > 2
        && !lower.iter().any(|w| DOING.contains(&w.as_str()))
}

/// A word in lower case, without the punctuation around it.
fn plain(word: &str) -> String {
    let trimmed = word.trim_matches(|c: char| !c.is_alphanumeric());
    trimmed.to_lowercase().replace('\u{2019}', "'")
}

fn places(item: &'static str) -> Vec<Place> {
    let place = |word: &'static str| match word {
        "_" => Place::Gap,
        "<fault>" => Place::Fault,
        _ => Place::Words(word.split('|').collect()),
    };
    item.split(' ').map(place).collect()
}

fn stands_for(rating: f64) -> &'static str {
    STANDS_FOR.iter().find(|(_, r)| *r == rating).map_or(STANDS_FOR[0].0, |(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_has_a_word_of_its_rating_and_can_begin() {
        let streaming = Streaming::new();
        assert!(streaming.phrases.len() > 100 && streaming.faults.len() > 80);
        for line in LIST.lines().filter(|l| !l.starts_with('#')) {
            let (head, items) = line.split_once('\t').expect("a rating, a tab and words");
            let rating: f64 = head.split(' ').next().and_then(|r| r.parse().ok()).expect("a rating");
            assert!((-4.0..=4.0).contains(&rating), "{line}");
            if items.contains([' ', '|']) && items.split(',').any(|i| i.trim().contains(' ')) {
                assert!(STANDS_FOR.iter().any(|(_, r)| *r == rating), "{rating}");
            }
        }
        for phrase in &streaming.phrases {
            assert!(!matches!(phrase.places.first(), Some(Place::Gap) | None));
            assert!(!matches!(phrase.places.last(), Some(Place::Gap)) || phrase.places.len() > 2);
        }
    }

    #[test]
    fn its_four_rules_hold() {
        let judge = |text: &str| Streaming::new().judge(text).expect("any text is judged").label;
        assert_eq!(judge("buffering all evening"), Label::Negative);
        assert_eq!(judge("not one stutter all evening"), Label::Positive);
        assert_eq!(judge("the stuttering is finally gone"), Label::Positive);
        assert_eq!(judge("is there a smoother option?"), Label::Neutral);
        assert_eq!(judge("Wonderful, it crashed."), Label::Negative);
        assert_eq!(judge("the sound comes from next door"), Label::Negative);
        assert_eq!(judge("I set the sound to stereo"), Label::Neutral);
    }
}
