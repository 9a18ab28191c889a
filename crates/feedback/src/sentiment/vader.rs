//! VADER 3.3.2: a lexicon of rated words and five rules of grammar.
//!
//! Source: Hutto and Gilbert, *VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text*, ICWSM 2014;
//! the Python package vaderSentiment 3.3.2 (MIT), of which this is a port, oddities included.
//!
//! | constant | value | what it does |
//! |---|---|---|
//! | [`BOOST`] | 0.293 | an intensifier before a word; 0.95 and 0.9 of it at a distance of two and three words |
//! | [`CAPITALS`] | 0.733 | a word in capitals among words that are not |
//! | [`NEGATION`] | -0.74 | factor of a negated word |
//! | 0.292 | | per exclamation mark, at most four |
//! | 0.18, 0.96 | | per question mark for two or three; for more of them |
//! | 0.5, 1.5 | | factors before and behind the first "but" |
//! | 15 | | `compound = sum / sqrt(sum^2 + 15)` |
//!
//! Oddities that are kept: "but" finds each value by its first equal, so equal values may be changed twice; special idioms count
//! only behind three words; `never so X` binds as Python reads it.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Label, Opinion, Sentiment, aspect};
use crate::FeedbackError;

/// Of an intensifier.
pub(super) const BOOST: f64 = 0.293;
/// Of a word in capitals.
pub(super) const CAPITALS: f64 = 0.733;
/// Factor of a negated word.
pub(super) const NEGATION: f64 = -0.74;
/// From this compound on a text counts as positive, and from its negative on as negative (Hutto and Gilbert).
pub(super) const THRESHOLD: f64 = 0.05;

const LEXICON: &str = include_str!("../../data/vader_lexicon.tsv");
const EMOJI: &str = include_str!("../../data/vader_emoji.tsv");

const NEGATIONS: &[&str] = &[
    "aint",
    "arent",
    "cannot",
    "cant",
    "couldnt",
    "darent",
    "didnt",
    "doesnt",
    "ain't",
    "aren't",
    "can't",
    "couldn't",
    "daren't",
    "didn't",
    "doesn't",
    "dont",
    "hadnt",
    "hasnt",
    "havent",
    "isnt",
    "mightnt",
    "mustnt",
    "neither",
    "don't",
    "hadn't",
    "hasn't",
    "haven't",
    "isn't",
    "mightn't",
    "mustn't",
    "neednt",
    "needn't",
    "never",
    "none",
    "nope",
    "nor",
    "not",
    "nothing",
    "nowhere",
    "oughtnt",
    "shant",
    "shouldnt",
    "uhuh",
    "wasnt",
    "werent",
    "oughtn't",
    "shan't",
    "shouldn't",
    "uh-uh",
    "wasn't",
    "weren't",
    "without",
    "wont",
    "wouldnt",
    "won't",
    "wouldn't",
    "rarely",
    "seldom",
    "despite",
];

/// Words that make the next one stronger.
const INTENSIFIERS: &[&str] = &[
    "absolutely",
    "amazingly",
    "awfully",
    "completely",
    "considerable",
    "considerably",
    "decidedly",
    "deeply",
    "effing",
    "enormous",
    "enormously",
    "entirely",
    "especially",
    "exceptional",
    "exceptionally",
    "extreme",
    "extremely",
    "fabulously",
    "flipping",
    "flippin",
    "frackin",
    "fracking",
    "fricking",
    "frickin",
    "frigging",
    "friggin",
    "fully",
    "fuckin",
    "fucking",
    "fuggin",
    "fugging",
    "greatly",
    "hella",
    "highly",
    "hugely",
    "incredible",
    "incredibly",
    "intensely",
    "major",
    "majorly",
    "more",
    "most",
    "particularly",
    "purely",
    "quite",
    "really",
    "remarkably",
    "so",
    "substantially",
    "thoroughly",
    "total",
    "totally",
    "tremendous",
    "tremendously",
    "uber",
    "unbelievably",
    "unusually",
    "utter",
    "utterly",
    "very",
];

/// Words that make the next one weaker.
const DAMPENERS: &[&str] = &[
    "almost",
    "barely",
    "hardly",
    "kinda",
    "kindof",
    "kind-of",
    "less",
    "little",
    "marginal",
    "marginally",
    "occasional",
    "occasionally",
    "partly",
    "scarce",
    "scarcely",
    "slight",
    "slightly",
    "somewhat",
    "sorta",
    "sortof",
    "sort-of",
];

/// Dampeners of two words.
const DAMPENING_PAIRS: &[[&str; 2]] = &[["just", "enough"], ["kind", "of"], ["sort", "of"]];

/// Phrases whose value is not that of their words.
const IDIOMS: &[(&[&str], f64)] = &[
    (&["the", "shit"], 3.0),
    (&["the", "bomb"], 3.0),
    (&["bad", "ass"], 1.5),
    (&["bus", "stop"], 0.0),
    (&["yeah", "right"], -2.0),
    (&["kiss", "of", "death"], -1.5),
    (&["to", "die", "for"], 3.0),
    (&["beating", "heart"], 3.5),
];

static EMOJI_WORDS: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    let line = |l: &'static str| l.split_once('\t').and_then(|(e, words)| Some((e.chars().next()?, words)));
    EMOJI.lines().filter_map(line).collect()
});

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// Its rating, -4 to 4.
    valence: Option<f64>,
    /// How much it strengthens the next word.
    boost: f64,
    negates: bool,
}

/// The four numbers of VADER.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Share of the text that is negative.
    pub neg: f64,
    /// Share that is neutral.
    pub neu: f64,
    /// Share that is positive.
    pub pos: f64,
    /// All of it as one number, -1 to 1.
    pub compound: f64,
}

impl Scores {
    /// As the Python package reports them: shares with three decimals, the compound with four.
    pub fn rounded(&self) -> Scores {
        // Formatting rounds the exact binary value half to even, as Python's `round` does.
        let round = |x: f64, n: usize| format!("{x:.n$}").parse().unwrap_or(x);
        Scores {
            neg: round(self.neg, 3),
            neu: round(self.neu, 3),
            pos: round(self.pos, 3),
            compound: round(self.compound, 4),
        }
    }
}

/// The analyser: a lexicon and the rules.
#[derive(Clone, Debug)]
pub struct Vader {
    words: HashMap<&'static str, Known>,
}

impl Default for Vader {
    fn default() -> Vader {
        Vader::new()
    }
}

/// A word of a text.
struct Token {
    lower: String,
    known: Known,
    capitals: bool,
}

impl Vader {
    /// VADER 3.3.2 as it is.
    pub fn new() -> Vader {
        let mut words: HashMap<&'static str, Known> = HashMap::with_capacity(8000);
        for line in LEXICON.lines() {
            if let Some((word, rating)) = line.split_once('\t') {
                words.entry(word).or_default().valence = rating.trim().parse().ok();
            }
        }
        for word in NEGATIONS {
            words.entry(word).or_default().negates = true;
        }
        for word in INTENSIFIERS {
            words.entry(word).or_default().boost = BOOST;
        }
        for word in DAMPENERS {
            words.entry(word).or_default().boost = -BOOST;
        }
        Vader { words }
    }

    /// VADER with other ratings of some words (-4 to 4).
    #[must_use]
    pub fn with_words(mut self, ratings: impl IntoIterator<Item = (&'static str, f64)>) -> Vader {
        for (word, rating) in ratings {
            self.words.entry(word).or_default().valence = Some(rating);
        }
        self
    }

    /// VADER with more words that negate.
    #[must_use]
    pub fn with_negations(mut self, words: impl IntoIterator<Item = &'static str>) -> Vader {
        for word in words {
            let known = self.words.entry(word).or_default();
            (known.negates, known.valence) = (true, None);
        }
        self
    }

    /// The scores of a text.
    ///
    /// ```
    /// use feedback::sentiment::Vader;
    ///
    /// let scores = Vader::new().scores("Video quality looks great today!").rounded();
    /// assert_eq!((scores.pos, scores.compound), (0.523, 0.6588));
    /// ```
    pub fn scores(&self, text: &str) -> Scores {
        let text = words_for_emoji(text);
        let text = text.trim_matches(is_space);
        let tokens: Vec<Token> =
            text.split(is_space).filter(|t| !t.is_empty()).map(|t| self.token(strip(t))).collect();
        let capitals = tokens.iter().filter(|t| t.capitals).count();
        let mixed = capitals > 0 && capitals < tokens.len();
        let mut values: Vec<f64> = (0..tokens.len()).map(|i| self.value(&tokens, i, mixed)).collect();
        weigh_but(&tokens, &mut values);
        total(&values, text)
    }

    fn token(&self, word: &str) -> Token {
        let lower = word.to_lowercase();
        let mut known = self.words.get(lower.as_str()).copied().unwrap_or_default();
        known.negates |= lower.contains("n't");
        Token { known, capitals: is_capitals(word), lower }
    }

    /// What the word at `i` adds.
    fn value(&self, tokens: &[Token], i: usize, mixed: bool) -> f64 {
        let word = &tokens[i];
        let back = |k: usize| i.checked_sub(k).map(|at| &tokens[at]);
        let back_is = |k: usize, lower: &str| back(k).is_some_and(|t| t.lower == lower);
        let kind_of = word.lower == "kind" && tokens.get(i + 1).is_some_and(|t| t.lower == "of");
        let Some(rating) = word.known.valence.filter(|_| word.known.boost == 0.0 && !kind_of) else {
            return 0.0;
        };
        let mut value = rating;
        if word.lower == "no" && tokens.get(i + 1).is_some_and(|t| t.known.valence.is_some()) {
            value = 0.0;
        }
        if back_is(1, "no")
            || back_is(2, "no")
            || (back_is(3, "no") && (back_is(1, "or") || back_is(1, "nor")))
        {
            value = rating * NEGATION;
        }
        if word.capitals && mixed {
            value += if value > 0.0 { CAPITALS } else { -CAPITALS };
        }
        for distance in 1..=3 {
            let Some(before) = back(distance).filter(|t| t.known.valence.is_none()) else { continue };
            value += boost(before, value, mixed) * [1.0, 0.95, 0.9][distance - 1];
            value = negated(tokens, i, distance, value);
            if distance == 3 {
                value = idioms(tokens, i, value);
            }
        }
        let least = back(1).is_some_and(|t| t.known.valence.is_none() && t.lower == "least");
        if least && !(i > 1 && (back_is(2, "at") || back_is(2, "very"))) {
            value *= NEGATION;
        }
        value
    }
}

impl Sentiment for Vader {
    fn name(&self) -> &'static str {
        "vader"
    }

    fn judge(&self, text: &str) -> Result<Opinion, FeedbackError> {
        let compound = self.scores(super::bounded(text)).compound;
        let label = match compound {
            c if c >= THRESHOLD => Label::Positive,
            c if c <= -THRESHOLD => Label::Negative,
            _ => Label::Neutral,
        };
        Ok(Opinion::new(label, compound, aspect::of(text)))
    }
}

/// How much a word before changes a value.
fn boost(before: &Token, value: f64, mixed: bool) -> f64 {
    if before.known.boost == 0.0 {
        return 0.0;
    }
    let own = if value < 0.0 { -before.known.boost } else { before.known.boost };
    match before.capitals && mixed {
        true if value > 0.0 => own + CAPITALS,
        true => own - CAPITALS,
        false => own,
    }
}

/// The value after the look at the word `distance` before it.
fn negated(tokens: &[Token], i: usize, distance: usize, value: f64) -> f64 {
    let is = |k: usize, words: &[&str]| words.contains(&tokens[i - k].lower.as_str());
    let (stressed, doubted) = match distance {
        2 => (is(2, &["never"]) && is(1, &["so", "this"]), is(2, &["without"]) && is(1, &["doubt"])),
        3 => (
            (is(3, &["never"]) && is(2, &["so", "this"])) || is(1, &["so", "this"]),
            is(3, &["without"]) && (is(2, &["doubt"]) || is(1, &["doubt"])),
        ),
        _ => (false, false),
    };
    match () {
        () if stressed => value * 1.25,
        () if doubted => value,
        () if tokens[i - distance].known.negates => value * NEGATION,
        () => value,
    }
}

/// Whether these words stand at this place.
fn stands(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    tokens.get(at..at + words.len()).is_some_and(|t| t.iter().zip(words).all(|(t, w)| t.lower == *w))
}

/// Phrases around the word at `i`, which has three before it.
fn idioms(tokens: &[Token], i: usize, mut value: f64) -> f64 {
    let find = |at: usize, length: usize| {
        IDIOMS.iter().find(|(w, _)| w.len() == length && stands(tokens, at, w)).map(|(_, rating)| *rating)
    };
    let ending = [(i - 1, 2), (i - 2, 3), (i - 2, 2), (i - 3, 3), (i - 3, 2)];
    if let Some(rating) = ending.iter().find_map(|(at, length)| find(*at, *length)) {
        value = rating;
    }
    for length in [2, 3] {
        value = find(i, length).unwrap_or(value);
    }
    for at in [i - 3, i - 2] {
        if DAMPENING_PAIRS.iter().any(|pair| stands(tokens, at, pair)) {
            value -= BOOST;
        }
    }
    value
}

/// What stands before the first "but" counts half, what stands behind it half as much again.
fn weigh_but(tokens: &[Token], values: &mut [f64]) {
    let Some(but) = tokens.iter().position(|t| t.lower == "but") else { return };
    for k in 0..values.len() {
        let Some(first) = values.iter().position(|v| *v == values[k]) else { continue };
        values[first] *= match first.cmp(&but) {
            std::cmp::Ordering::Less => 0.5,
            std::cmp::Ordering::Equal => 1.0,
            std::cmp::Ordering::Greater => 1.5,
        };
    }
}

fn total(values: &[f64], text: &str) -> Scores {
    if values.is_empty() {
        return Scores::default();
    }
    let count = |mark: u8| text.bytes().filter(|b| *b == mark).count() as f64;
    let questions = count(b'?');
    let emphasis = count(b'!').min(4.0) * 0.292
        + match questions {
            q if q <= 1.0 => 0.0,
            q if q <= 3.0 => q * 0.18,
            _ => 0.96,
        };
    let toward = |x: f64| match x {
        x if x > 0.0 => x + emphasis,
        x if x < 0.0 => x - emphasis,
        x => x,
    };
    let sum = toward(values.iter().sum());
    // One is added to each value since neutral words count as one.
    let mut pos: f64 = values.iter().filter(|v| **v > 0.0).map(|v| v + 1.0).sum();
    let mut neg: f64 = values.iter().filter(|v| **v < 0.0).map(|v| v - 1.0).sum();
    let neu = values.iter().filter(|v| **v == 0.0).count() as f64;
    if pos > neg.abs() {
        pos += emphasis;
    } else if pos < neg.abs() {
        neg -= emphasis;
    }
    let all = pos + neg.abs() + neu;
    Scores {
        neg: (neg / all).abs(),
        neu: (neu / all).abs(),
        pos: (pos / all).abs(),
        compound: (sum / (sum * sum + 15.0).sqrt()).clamp(-1.0, 1.0),
    }
}

/// The text with the names of its emoji in their place.
fn words_for_emoji(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut after_space = true;
    for c in text.chars() {
        if let Some(words) = EMOJI_WORDS.get(&c) {
            if !after_space {
                out.push(' ');
            }
            out.push_str(words);
            after_space = false;
        } else {
            out.push(c);
            after_space = c == ' ';
        }
    }
    out.into()
}

/// A word without the punctuation around it; what is then two characters or fewer was an emoticon and stays.
fn strip(word: &str) -> &str {
    let stripped = word.trim_matches(|c: char| c.is_ascii_punctuation());
    if stripped.chars().nth(2).is_none() { word } else { stripped }
}

/// Python's white space: Unicode's, and the four ASCII separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Python's `isupper`: at least one letter with a case, and all of them in upper case.
fn is_capitals(word: &str) -> bool {
    let title = |c: char| {
        matches!(c, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}' | '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}'
            | '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
    };
    word.chars().any(char::is_uppercase) && !word.chars().any(|c| c.is_lowercase() || title(c))
}
