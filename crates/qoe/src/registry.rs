//! The one list of models: what `list` prints and what `name:key=value` means.

use spec::{Entry, Spec};

use crate::{Additive, QoeError, QoeModel, Viewing};

/// A model behind a name.
pub type BoxedModel = Box<dyn QoeModel + Send + Sync>;

/// An additive model behind a name.
pub type BoxedAdditive = Box<dyn Additive + Send + Sync>;

/// A model that can be had by name.
#[derive(Clone, Copy, Debug)]
pub struct ModelInfo {
    /// Its name, one line on what it is and where it comes from, and its options with their defaults. An option whose
    /// default is empty is either derived from others or must be given; its line says which.
    pub entry: Entry,
    pub(crate) build: fn(&Options<'_>) -> Result<Built, QoeError>,
}

/// A model as its file builds it.
pub(crate) enum Built {
    Additive(BoxedAdditive),
    Whole(BoxedModel),
}

impl Built {
    pub(crate) fn additive(model: impl Additive + Send + Sync + 'static) -> Result<Built, QoeError> {
        Ok(Built::Additive(Box::new(model)))
    }

    pub(crate) fn whole(model: impl QoeModel + Send + Sync + 'static) -> Result<Built, QoeError> {
        Ok(Built::Whole(Box::new(model)))
    }
}

/// Every model, in the order in which `list` shows them.
pub fn models() -> &'static [ModelInfo] {
    crate::models::ALL
}

/// The model that a specification like `pensieve-lin` or `pensieve-lin:mu=4.3,startup=apart` names.
///
/// ```
/// let model = qoe::model("yin:preset=avoid-rebuffering,mu=5000")?;
/// assert_eq!(model.id(), "yin");
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

/// Scores a session by several models at once, in their order.
///
/// # Errors
/// The first error of a model.
pub fn score_all(models: &[BoxedModel], viewing: &Viewing) -> Result<Vec<crate::Score>, QoeError> {
    models.iter().map(|m| m.score(viewing)).collect()
}

fn build(text: &str) -> Result<(&'static ModelInfo, Built), QoeError> {
    let (entry, options) = Spec::parse(text)?.find("QoE model", models().iter().map(|m| &m.entry))?;
    // The entry is one of theirs.
    let info = models().iter().find(|m| m.entry.name == entry.name).ok_or(QoeError::NothingPlayed)?;
    Ok((info, (info.build)(&Options(&options))?))
}

/// The options of one specification, as models read them.
pub(crate) struct Options<'a>(&'a spec::Options);

impl<'a> Options<'a> {
    #[cfg(feature = "p1203")]
    pub(crate) fn of(options: &'a spec::Options) -> Options<'a> {
        Options(options)
    }
    pub(crate) fn bad(&self, name: &str, expected: impl Into<String>) -> QoeError {
        self.0.wrong(name, expected).into()
    }

    /// A finite number, at least 0.
    pub(crate) fn number(&self, name: &str) -> Result<f64, QoeError> {
        Ok(self.0.number(name, 0.0..)?)
    }

    /// As [`Options::number`], `None` where nothing was given and there is no default.
    pub(crate) fn maybe(&self, name: &str) -> Result<Option<f64>, QoeError> {
        if self.0.text(name).is_empty() { Ok(None) } else { self.number(name).map(Some) }
    }

    /// One of several words.
    pub(crate) fn choice<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, QoeError> {
        let names: Vec<&str> = words.iter().map(|(w, _)| *w).collect();
        Ok(words[self.0.choice(name, &names)?].1)
    }

    /// `on` or `off`.
    pub(crate) fn switch(&self, name: &str) -> Result<bool, QoeError> {
        Ok(self.0.flag(name)?)
    }

    /// What was given as text; `None` for nothing.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        Some(self.0.text(name)).filter(|t| !t.is_empty())
    }
}

/// A box is used like the model in it.
impl QoeModel for BoxedModel {
    fn id(&self) -> &'static str {
        (**self).id()
    }

    fn scale(&self) -> crate::Scale {
        (**self).scale()
    }

    fn needs(&self) -> &'static [crate::Need] {
        (**self).needs()
    }

    fn score(&self, viewing: &Viewing) -> Result<crate::Score, QoeError> {
        (**self).score(viewing)
    }
}
