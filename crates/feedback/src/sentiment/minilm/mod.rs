//! A network of the BERT family from a folder, run by candle.
//!
//! The folder has `config.json`, `model.safetensors` and `tokenizer.json`, as Hugging Face's transformers writes them. One that classifies
//! gives its own labels. One that embeds sentences gets the committed linear head on the mean of its tokens: that fits the network it was
//! trained on, all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020), and no other.

mod encoder;
mod folder;
mod head;
mod labels;
mod network;

use std::path::Path;

pub use encoder::Encoder;
pub use folder::MOST_TOKENS;
pub use head::Head;

use super::{Label, Opinion, Sentiment, aspect_of};
use crate::FeedbackError;

/// The backend `minilm`: an encoder, and the head that its embeddings need.
pub struct MiniLm {
    encoder: Encoder,
    head: Option<Head>,
}

impl MiniLm {
    /// Reads a folder, with the committed head if it embeds.
    ///
    /// # Errors
    /// As [`Encoder::open`], and for embeddings of a network that the head was not trained on.
    pub fn open(path: &Path) -> Result<MiniLm, FeedbackError> {
        let encoder = Encoder::open(path)?;
        let head = match encoder.labels().is_empty() {
            true => Some(Head::built_in()?),
            false => None,
        };
        if let Some(head) = &head
            && !head.knows(&encoder.answer(encoder::PROBE)?)
        {
            return Err(encoder.wrong(
                "gives other embeddings than all-MiniLM-L6-v2, for which the built-in head is; a folder with a classifier of its own \
                 needs no head",
            ));
        }
        Ok(MiniLm { encoder, head })
    }
}

impl Sentiment for MiniLm {
    fn name(&self) -> &'static str {
        "minilm"
    }

    fn judge(&self, text: &str) -> Result<Opinion, FeedbackError> {
        let answer = self.encoder.answer(text)?;
        let shares: [f64; 3] = match &self.head {
            Some(head) => head.probabilities(&answer),
            None => {
                let mut shares = [0.0; 3];
                for ((_, label), p) in self.encoder.labels().iter().zip(&answer) {
                    shares[*label as usize] += p;
                }
                shares
            }
        };
        let label = head::likeliest(&shares);
        let score = (shares[Label::Positive as usize] - shares[Label::Negative as usize]).clamp(-1.0, 1.0);
        Ok(Opinion { label, confidence: shares[label as usize].min(1.0), score, aspect: aspect_of(text) })
    }
}
