//! What a model says of itself in the registry, and how it reads its options.

use spec::Entry;

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

/// The options of one specification, as models read them.
pub(crate) struct Options<'a>(&'a spec::Options);

impl<'a> Options<'a> {
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
