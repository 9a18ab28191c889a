//! Where a session gets its rule from.

use std::fmt;

use spec::SpecError;

use crate::{AbrStrategy, BoxedRule, Decision, PlayerView};

/// What a session can be given as its rule: a specification such as `bola-e:gp=8`, or [`Custom`].
///
/// ```
/// use abr::{Custom, RuleSource, rules::Fixed};
///
/// let mine = Custom::new("mine", || Box::new(Fixed { level: 2 }));
/// assert_eq!((mine.name(), "bola".name()), ("mine", "bola"));
/// assert!("bola".build().is_ok() && mine.build().is_ok());
/// ```
#[auto_impl::auto_impl(Box)]
pub trait RuleSource: Sync {
    /// Its name in records and tables; of a specification, the specification.
    fn name(&self) -> &str;

    /// A fresh rule for a session.
    ///
    /// # Errors
    /// [`SpecError`] for a specification of what there is not.
    fn build(&self) -> Result<BoxedRule, SpecError>;

    /// The specification, if it is one.
    fn spec(&self) -> Option<&str> {
        None
    }
}

impl RuleSource for str {
    fn name(&self) -> &str {
        self.trim()
    }

    fn build(&self) -> Result<BoxedRule, SpecError> {
        crate::rule(self)
    }

    fn spec(&self) -> Option<&str> {
        Some(self)
    }
}

impl RuleSource for String {
    fn name(&self) -> &str {
        self.as_str().name()
    }

    fn build(&self) -> Result<BoxedRule, SpecError> {
        self.as_str().build()
    }

    fn spec(&self) -> Option<&str> {
        Some(self)
    }
}

/// A rule that is a closure: from what the player shows to a decision.
///
/// ```
/// use abr::{Custom, Decision, FromFn, PlayerView};
///
/// let half = |view: &PlayerView<'_>| Decision::fetch(view.video.ladder().len() / 2);
/// let rule = Custom::new("half", move || Box::new(FromFn(half)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FromFn<F>(pub F);

impl<F: FnMut(&PlayerView<'_>) -> Decision> AbrStrategy for FromFn<F> {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        (self.0)(view)
    }
}

/// A rule of one's own.
pub struct Custom {
    name: String,
    make: Box<dyn Fn() -> BoxedRule + Send + Sync>,
}

impl Custom {
    /// `make` is called for every session.
    pub fn new(name: impl Into<String>, make: impl Fn() -> BoxedRule + Send + Sync + 'static) -> Custom {
        Custom { name: name.into(), make: Box::new(make) }
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Custom").field(&self.name).finish()
    }
}

impl RuleSource for Custom {
    fn name(&self) -> &str {
        &self.name
    }

    fn build(&self) -> Result<BoxedRule, SpecError> {
        Ok((self.make)())
    }
}
