//! Spoken feedback: from a WAV file to words.
//!
//! A [`Transcriber`] gets mono samples at 16 kHz in which somebody speaks. The one that is built in asks a program of the user's own
//! ([`Program`]); `docs/feedback.md` says which ones fit and how well they were measured to hear.

mod detect;
mod program;
mod wav;

pub use detect::{Span, speech};
pub use program::Program;
pub use wav::{RATE, read_wav, write_wav};

use crate::FeedbackError;

/// Something that writes down what is said.
pub trait Transcriber {
    /// What it is called in messages.
    fn name(&self) -> &str;

    /// The words in mono samples at 16 kHz, -1 to 1.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`], which says what to do.
    fn transcribe(&self, samples: &[f32]) -> Result<String, FeedbackError>;
}

/// Word error rate: the least number of words to change, add or leave out, over the number of words that were said. Case and
/// punctuation do not count.
///
/// ```
/// use feedback::voice::word_errors;
///
/// assert_eq!(word_errors("Lower the quality, please.", "lower the quality please"), (0, 4));
/// assert_eq!(word_errors("buffer more", "buffalo moor please"), (3, 2));
/// ```
pub fn word_errors(said: &str, heard: &str) -> (usize, usize) {
    let words = |text: &str| -> Vec<String> {
        let plain: String =
            text.chars().map(|c| if c.is_alphanumeric() || c == '\'' { c } else { ' ' }).collect();
        plain.to_lowercase().split_whitespace().map(str::to_string).collect()
    };
    let (said, heard) = (words(said), words(heard));
    // Levenshtein's distance, a row at a time.
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, word) in said.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in heard.iter().enumerate() {
            let change = corner + usize::from(word != other);
            corner = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(corner + 1);
        }
    }
    (row[heard.len()], said.len())
}
