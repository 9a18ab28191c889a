//! The network of a folder: tokens in; an embedding, or the probabilities of a classifier's labels, out.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};
use candle_transformers::models::{bert, distilbert, xlm_roberta};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::folder::{Family, Folder};

/// An encoder, and what stands on it.
pub(super) struct Network {
    body: Body,
    top: Option<Classifier>,
}

enum Body {
    Bert(bert::BertModel),
    Roberta(xlm_roberta::XLMRobertaModel),
    DistilBert(distilbert::DistilBertModel),
}

/// Two layers on the first token.
struct Classifier {
    inner: Linear,
    outer: Linear,
    /// The activation between them: tanh, or that of DistilBERT, ReLU.
    tanh: bool,
}

impl Network {
    /// The network of a folder: with its classifier for so many labels where it has one.
    pub(super) fn load(folder: &Folder, weights: Vec<u8>, labels: usize) -> Result<Network> {
        let vb = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
        let config = &folder.config;
        let prefix = match folder.family {
            Family::Bert => "bert",
            Family::Roberta => "roberta",
            Family::DistilBert => "distilbert",
        };
        let prefixed = vb.contains_tensor(&format!("{prefix}.embeddings.word_embeddings.weight"));
        let root = if prefixed { vb.pp(prefix) } else { vb.clone() };
        let body = match folder.family {
            Family::Bert => Body::Bert(bert::BertModel::load(root.clone(), &parsed(config)?)?),
            Family::Roberta => {
                Body::Roberta(xlm_roberta::XLMRobertaModel::new(&parsed(config)?, root.clone())?)
            }
            Family::DistilBert => {
                Body::DistilBert(distilbert::DistilBertModel::load(root.clone(), &parsed(config)?)?)
            }
        };
        let (inner, outer) = match folder.family {
            Family::Bert => (root.pp("pooler.dense"), vb.pp("classifier")),
            Family::Roberta => (vb.pp("classifier.dense"), vb.pp("classifier.out_proj")),
            Family::DistilBert => (vb.pp("pre_classifier"), vb.pp("classifier")),
        };
        let top = match outer.contains_tensor("weight") {
            true => Some(Classifier {
                inner: linear(folder.hidden, folder.hidden, inner)?,
                outer: linear(folder.hidden, labels, outer)?,
                tanh: folder.family != Family::DistilBert,
            }),
            false => None,
        };
        Ok(Network { body, top })
    }

    pub(super) fn classifies(&self) -> bool {
        self.top.is_some()
    }

    /// The labels' probabilities, or the mean of the tokens with length one.
    pub(super) fn answer(&self, ids: &[u32]) -> Result<Vec<f64>> {
        let hidden = self.hidden(ids)?;
        let values = match &self.top {
            Some(top) => {
                let first = top.inner.forward(&hidden.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?)?;
                let first = if top.tanh { first.tanh()? } else { first.relu()? };
                candle_nn::ops::softmax(&top.outer.forward(&first)?, D::Minus1)?
            }
            None => {
                let mean = hidden.mean(1)?;
                mean.broadcast_div(&mean.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?)?
            }
        };
        let values = values.squeeze(0)?.to_vec1::<f32>()?;
        Ok(values.into_iter().map(f64::from).collect())
    }

    fn hidden(&self, ids: &[u32]) -> Result<Tensor> {
        let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
        let types = ids.zeros_like()?;
        match &self.body {
            // Nothing is padded, so nothing is masked.
            Body::Bert(model) => model.forward(&ids, &types, None),
            Body::Roberta(model) => model.forward(&ids, &ids.ones_like()?, &types, None, None, None),
            Body::DistilBert(model) => model.forward(&ids, &types.to_dtype(DType::U8)?),
        }
    }
}

fn parsed<T: DeserializeOwned>(config: &Value) -> Result<T> {
    serde_json::from_value(config.clone()).map_err(|e| candle_core::Error::Msg(format!("config.json: {e}")))
}
