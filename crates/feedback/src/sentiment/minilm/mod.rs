//! A network of the BERT family from a folder, run by candle.
//!
//! The folder has `config.json`, `model.safetensors` and `tokenizer.json`, as Hugging Face's transformers writes them. One that classifies
//! gives its own labels. One that embeds sentences gets the committed linear head on the mean of its tokens: that fits the network it was
//! trained on, all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020), and no other.

mod folder;
mod head;
mod network;

use std::path::Path;

use serde_json::Value;
use tokenizers::Tokenizer;

pub use head::Head;

use super::{Aspect, Label, Opinion, Sentiment, aspect_of, bounded};
use crate::FeedbackError;
use folder::Folder;
use network::Network;

/// Most tokens of a text, as sentence-transformers cuts it for all-MiniLM-L6-v2; networks that read fewer cut earlier.
pub const MOST_TOKENS: usize = 256;

/// What tells one network from another.
const PROBE: &str = "The stream keeps buffering every few minutes";

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
        let names = label_names(&folder.config);
        let network = Network::load(&folder, folder.weights()?, names.len())
            .map_err(|e| folder.wrong(format_args!("config.json and model.safetensors: {e}")))?;
        let labels = match network.classifies() {
            true => labels(names).map_err(|problem| folder.wrong(problem))?,
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
            && !head.knows(&encoder.answer(PROBE)?)
        {
            return Err(encoder.folder.wrong(
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
        let shares = match &self.head {
            Some(head) => head.probabilities(&answer),
            None => {
                let mut shares = [0.0; 3];
                for ((_, label), p) in self.encoder.labels().iter().zip(&answer) {
                    shares[*label as usize] += p;
                }
                shares
            }
        };
        Ok(opinion(shares, aspect_of(text)))
    }
}

/// The opinion of probabilities in the order of [`Label::ALL`].
fn opinion(shares: [f64; 3], aspect: Aspect) -> Opinion {
    let label = Label::ALL.into_iter().max_by(|a, b| shares[*a as usize].total_cmp(&shares[*b as usize]));
    let label = label.unwrap_or(Label::Neutral);
    let score = (shares[Label::Positive as usize] - shares[Label::Negative as usize]).clamp(-1.0, 1.0);
    Opinion { label, confidence: shares[label as usize].min(1.0), score, aspect }
}

/// The names of a classifier's labels, in their order.
fn label_names(config: &Value) -> Vec<String> {
    let names = &config["id2label"];
    (0..MOST_LABELS).map_while(|i| names[i.to_string()].as_str().map(str::to_string)).collect()
}

const MOST_LABELS: usize = 64;

/// What the labels of a classifier mean here.
fn labels(names: Vec<String>) -> Result<Vec<(String, Label)>, String> {
    let count = names.len();
    let meaning = |name: &str| {
        let lower = name.to_lowercase();
        // Without names they are in the order of Barbieri et al. (TweetEval, 2020), or of SST-2 where there are two.
        let numbered = lower.strip_prefix("label_").and_then(|n| n.parse::<usize>().ok());
        let stars = lower.strip_suffix("stars").or(lower.strip_suffix("star"));
        match (numbered, stars.and_then(|n| n.trim().parse::<u8>().ok())) {
            (Some(i), _) if count == 3 => Label::ALL.get(i).copied(),
            (Some(i), _) if count == 2 => [Label::Negative, Label::Positive].get(i).copied(),
            (_, Some(1 | 2)) => Some(Label::Negative),
            (_, Some(3)) => Some(Label::Neutral),
            (_, Some(4 | 5)) => Some(Label::Positive),
            _ if lower.starts_with("neg") => Some(Label::Negative),
            _ if lower.starts_with("neu") => Some(Label::Neutral),
            _ if lower.starts_with("pos") => Some(Label::Positive),
            _ => None,
        }
    };
    let known: Option<Vec<_>> = names.iter().map(|n| Some((n.clone(), meaning(n)?))).collect();
    known.filter(|k| !k.is_empty()).ok_or_else(|| {
        format!("id2label names {names:?}, expected negative, neutral, positive, numbered labels or stars")
    })
}
