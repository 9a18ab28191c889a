//! An encoder: tokenizer and network of a folder.

use std::path::Path;

use tokenizers::Tokenizer;

use super::super::{Label, bounded};
use super::folder::Folder;
use super::labels;
use super::network::Network;
use crate::FeedbackError;

/// What tells one network from another.
pub(super) const PROBE: &str = "The stream keeps buffering every few minutes";

/// An encoder of sentences.
pub struct Encoder {
    folder: Folder,
    network: Network,
    tokenizer: Tokenizer,
    labels: Vec<(String, Label)>,
}

impl Encoder {
    /// Reads a folder.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`] for a folder that is none, or whose network is too large or of another family.
    pub fn open(path: &Path) -> Result<Encoder, FeedbackError> {
        let folder = Folder::open(path)?;
        let mut tokenizer = Tokenizer::from_bytes(folder.tokenizer()?)
            .map_err(|e| folder.wrong(format_args!("tokenizer.json: {e}")))?;
        // One text at a time needs no padding, and is cut below.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| folder.wrong(format_args!("tokenizer.json: {e}")))?;
        let names = labels::names(&folder.config);
        let network = Network::load(&folder, folder.weights()?, names.len())
            .map_err(|e| folder.wrong(format_args!("config.json and model.safetensors: {e}")))?;
        let labels = match network.classifies() {
            true => labels::meanings(names).map_err(|problem| folder.wrong(problem))?,
            false => Vec::new(),
        };
        let encoder = Encoder { folder, network, tokenizer, labels };
        // A network that gives no numbers is found now, not by a viewer.
        encoder.answer(PROBE)?;
        Ok(encoder)
    }

    /// The labels of its classifier; none where it embeds.
    pub fn labels(&self) -> &[(String, Label)] {
        &self.labels
    }

    /// An error about its folder.
    pub(super) fn wrong(&self, problem: impl std::fmt::Display) -> FeedbackError {
        self.folder.wrong(problem)
    }

    /// The probabilities of its labels, or the embedding of a text, of length one.
    ///
    /// # Errors
    /// [`FeedbackError::Backend`] where the network fails.
    pub fn answer(&self, text: &str) -> Result<Vec<f64>, FeedbackError> {
        let encoding = self.tokenizer.encode_fast(bounded(text), true);
        let encoding = encoding.map_err(|e| self.folder.wrong(format_args!("tokenizer.json: {e}")))?;
        let mut ids = encoding.get_ids().to_vec();
        if ids.len() > self.folder.longest {
            // The mark at the end stays.
            let end = ids[ids.len() - 1];
            ids.truncate(self.folder.longest - 1);
            ids.push(end);
        }
        if ids.is_empty() {
            return Err(self.folder.wrong("tokenizer.json: no tokens, expected marks at both ends"));
        }
        let values = self.network.answer(&ids).map_err(|e| self.folder.wrong(e))?;
        match values.iter().all(|v| v.is_finite()) {
            true => Ok(values),
            false => Err(self.folder.wrong("model.safetensors: the network gives no numbers")),
        }
    }
}
