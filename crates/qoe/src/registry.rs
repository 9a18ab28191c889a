//! The one list of models: what `list` prints and what `name:key=value` means.

use spec::Spec;

use crate::QoeError;
use crate::entry::{BoxedAdditive, BoxedModel, Built, ModelInfo};
use crate::models::{
    bola, c3, comyco, ftw, fugu, ksqi, mm19, mok, monitor, nqoe, pensieve, qoe_core, sqi, twitch, yin,
};

/// The one place where a model is registered.
static MODELS: &[ModelInfo] = &[
    yin::INFO,
    pensieve::LIN,
    pensieve::LOG,
    pensieve::HD,
    fugu::INFO,
    comyco::INFO,
    bola::INFO,
    c3::INFO,
    nqoe::NOTE,
    nqoe::LOLPLUS,
    mm19::INFO,
    ftw::INFO,
    mok::INFO,
    ksqi::INFO,
    sqi::INFO,
    qoe_core::INFO,
    twitch::INFO,
    monitor::INFO,
    #[cfg(feature = "p1203")]
    crate::p1203::INFO,
];

/// Every model, in the order in which `list` shows them.
pub fn models() -> &'static [ModelInfo] {
    MODELS
}

/// The model that a specification like `pensieve-lin` or `pensieve-lin:mu=4.3,startup=apart` names.
///
/// ```
/// let model = qoe::model("yin:preset=avoid-rebuffering,mu=5000")?;
/// assert_eq!(model.about().id, "yin");
/// let error = qoe::model("pensive-lin").err().map(|e| e.to_string()).unwrap_or_default();
/// assert!(error.contains("did you mean 'pensieve-lin'?"), "{error}");
/// # Ok::<(), qoe::QoeError>(())
/// ```
///
/// # Errors
/// [`QoeError::Spec`] for what cannot be asked for, naming what can; what a model reads from disk may be
/// missing or malformed ([`QoeError::File`]).
pub fn model(spec: &str) -> Result<BoxedModel, QoeError> {
    Ok(match build(spec)?.1 {
        Built::Additive(m) => m,
        Built::Whole(m) => m,
    })
}

/// As [`model`], for use segment by segment.
///
/// # Errors
/// As [`model`]; [`QoeError::NotAdditive`] for a model that scores only whole sessions.
pub fn additive(spec: &str) -> Result<BoxedAdditive, QoeError> {
    match build(spec)? {
        (_, Built::Additive(m)) => Ok(m),
        (info, Built::Whole(_)) => {
            // A model whose default is additive is; what cannot be built without options is not.
            let is = |m: &&ModelInfo| matches!(build(m.entry.name), Ok((_, Built::Additive(_))));
            let names: Vec<&str> = models().iter().filter(is).map(|m| m.entry.name).collect();
            Err(QoeError::NotAdditive { model: info.entry.name, additive: names.join(", ") })
        }
    }
}

fn build(text: &str) -> Result<(&'static ModelInfo, Built), QoeError> {
    let (info, options) = Spec::parse(text)?.find_by("QoE model", models(), |m| &m.entry)?;
    Ok((info, (info.build)(&options)?))
}
