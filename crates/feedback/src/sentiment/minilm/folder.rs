//! The files of a folder: how large they may be, what its `config.json` must say.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::FeedbackError;

/// Most tokens of a text, as sentence-transformers cuts it for all-MiniLM-L6-v2; networks that read fewer cut earlier.
pub const MOST_TOKENS: usize = 256;

/// Most bytes of each file. XLM-RoBERTa base, the largest that is of use here, has 1.1 GB of weights and 17 MB of tokens.
const MOST_CONFIG: u64 = 1 << 20;
const MOST_TOKENIZER: u64 = 64 << 20;
const MOST_WEIGHTS: u64 = 2 << 30;

/// What sizes may be; the second name is what DistilBERT calls it.
const SIZES: [(&str, &str, u64); 6] = [
    ("vocab_size", "vocab_size", 1_000_000),
    ("hidden_size", "dim", 4096),
    ("intermediate_size", "hidden_dim", 16_384),
    ("num_hidden_layers", "n_layers", 48),
    ("num_attention_heads", "n_heads", 64),
    ("max_position_embeddings", "max_position_embeddings", 8192),
];

/// The networks that are known, as `model_type` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Bert,
    Roberta,
    DistilBert,
}

/// A folder whose configuration has been read.
pub(super) struct Folder {
    path: PathBuf,
    /// `config.json`, with what newer folders leave out.
    pub(super) config: Value,
    pub(super) family: Family,
    pub(super) hidden: usize,
    /// Most tokens of a text, with the marks at both ends.
    pub(super) longest: usize,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Folder, FeedbackError> {
        if !path.is_dir() {
            return Err(wrong(
                path,
                "not a folder, expected one with config.json, model.safetensors and tokenizer.json",
            ));
        }
        let file = path.join("config.json");
        let config = serde_json::from_slice(&read(&file, MOST_CONFIG)?)
            .map_err(|e| wrong(&file, format!("no JSON: {e}")))?;
        let Value::Object(config) = config else { return Err(wrong(&file, "no JSON object")) };
        let family = match config.get("model_type").and_then(Value::as_str) {
            Some("bert") => Family::Bert,
            Some("roberta" | "xlm-roberta") => Family::Roberta,
            Some("distilbert") => Family::DistilBert,
            other => {
                let found = other.unwrap_or("nothing");
                let problem =
                    format!("model_type is {found}, expected bert, roberta, xlm-roberta or distilbert");
                return Err(wrong(&file, problem));
            }
        };
        let sizes = sizes(&config, family).map_err(|problem| wrong(&file, problem))?;
        // RoBERTa numbers positions from two on.
        let longest = sizes["max_position_embeddings"] - if family == Family::Roberta { 2 } else { 0 };
        Ok(Folder {
            path: path.to_path_buf(),
            config: completed(config, family),
            family,
            hidden: sizes["hidden_size"],
            longest: longest.min(MOST_TOKENS),
        })
    }

    pub(super) fn weights(&self) -> Result<Vec<u8>, FeedbackError> {
        read(&self.path.join("model.safetensors"), MOST_WEIGHTS)
    }

    pub(super) fn tokenizer(&self) -> Result<Vec<u8>, FeedbackError> {
        read(&self.path.join("tokenizer.json"), MOST_TOKENIZER)
    }

    /// An error about this folder.
    pub(super) fn wrong(&self, problem: impl std::fmt::Display) -> FeedbackError {
        wrong(&self.path, problem)
    }
}

fn wrong(path: &Path, problem: impl std::fmt::Display) -> FeedbackError {
    let problem = problem.to_string();
    FeedbackError::Backend {
        what: format!("sentiment backend minilm, {}", path.display()),
        // candle adds where in its code it was, on further lines.
        problem: problem.lines().next().unwrap_or_default().to_string(),
    }
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, FeedbackError> {
    let unread = |e: std::io::Error| wrong(path, format!("cannot be read: {e}"));
    let file = std::fs::File::open(path).map_err(unread)?;
    if !file.metadata().map_err(unread)?.is_file() {
        return Err(wrong(path, "not a file"));
    }
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > most {
        return Err(wrong(path, format!("larger than {most} bytes")));
    }
    Ok(bytes)
}

fn sizes(config: &Map<String, Value>, family: Family) -> Result<BTreeMap<&'static str, usize>, String> {
    let mut sizes = BTreeMap::new();
    for (name, distil, most) in SIZES {
        let key = if family == Family::DistilBert { distil } else { name };
        let found = config.get(key).unwrap_or(&Value::Null);
        let size = found.as_u64().filter(|n| (1..=most).contains(n));
        let size = size.ok_or_else(|| format!("{key} is {found}, expected 1 to {most}"))?;
        sizes.insert(name, size as usize);
    }
    if sizes["hidden_size"] % sizes["num_attention_heads"] != 0 {
        return Err(format!(
            "{} values do not divide among {} attention heads",
            sizes["hidden_size"], sizes["num_attention_heads"]
        ));
    }
    if sizes["max_position_embeddings"] < 8 {
        return Err("max_position_embeddings is below 8".to_string());
    }
    Ok(sizes)
}

/// Newer folders leave out what changes no answer or has always been the same.
fn completed(mut config: Map<String, Value>, family: Family) -> Value {
    let defaults = [
        ("hidden_dropout_prob", json!(0.1)),
        ("attention_probs_dropout_prob", json!(0.1)),
        ("initializer_range", json!(0.02)),
        ("layer_norm_eps", json!(1e-12)),
        ("position_embedding_type", json!("absolute")),
        ("type_vocab_size", json!(if family == Family::Bert { 2 } else { 1 })),
        ("pad_token_id", json!(u8::from(family == Family::Roberta))),
    ];
    for (key, value) in defaults {
        config.entry(key).or_insert(value);
    }
    Value::Object(config)
}
