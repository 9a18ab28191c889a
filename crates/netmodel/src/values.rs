//! The values of a column, of which some may be missing.

use crate::packets::grow;

/// Values in the unit of their column, each a finite number or none: eight bytes each.
///
/// ```
/// use netmodel::formats::Values;
///
/// let rsrp: Values = [Some(-91.0), None, Some(-90.5)].into_iter().collect();
/// assert_eq!((rsrp.len(), rsrp.get(0), rsrp.get(1)), (3, Some(-91.0), None));
/// assert_eq!(rsrp.iter().flatten().sum::<f64>(), -181.5);
/// ```
#[derive(Clone, Default)]
pub struct Values(Vec<f64>); // NaN is none: no reader takes a text for it

impl Values {
    /// No values yet, with room for so many.
    pub(crate) fn with_capacity(room: usize) -> Values {
        Values(Vec::with_capacity(room))
    }

    /// Adds a value, or that there is none. NaN counts as none.
    pub fn push(&mut self, value: Option<f64>) {
        grow(&mut self.0);
        self.0.push(value.unwrap_or(f64::NAN));
    }

    /// Value `index`; None where there is none, and behind the last.
    pub fn get(&self, index: usize) -> Option<f64> {
        self.0.get(index).copied().filter(|x| !x.is_nan())
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<f64>> + DoubleEndedIterator + Clone + '_ {
        self.0.iter().map(|x| Some(*x).filter(|x| !x.is_nan()))
    }

    /// How many there are, with the missing ones.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none, not even missing ones.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Option<f64>> for Values {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(values: I) -> Values {
        Values(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
    }
}

/// Equal where the same values are there and the same ones are missing.
impl PartialEq for Values {
    fn eq(&self, other: &Values) -> bool {
        self.iter().eq(other.iter())
    }
}

impl std::fmt::Debug for Values {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What goes in comes out, and the comparison is that of the lists.
        #[test]
        fn a_list_of_values_some_of_which_are_missing(
            list in prop::collection::vec(prop::option::of(-1e3..1e3f64), 0..300),
            other in prop::collection::vec(prop::option::of(-1e3..1e3f64), 0..3),
        ) {
            let mut values = Values::default();
            list.iter().for_each(|v| values.push(*v));
            prop_assert_eq!(values.iter().collect::<Vec<_>>(), list.clone());
            prop_assert_eq!(values.iter().rev().collect::<Vec<_>>(), list.iter().rev().copied().collect::<Vec<_>>());
            prop_assert!((0..list.len() + 2).all(|i| values.get(i) == list.get(i).copied().flatten()));
            prop_assert_eq!((values.len(), values.is_empty()), (list.len(), list.is_empty()));
            prop_assert_eq!(format!("{values:?}"), format!("{list:?}"));
            prop_assert_eq!(&list.iter().copied().collect::<Values>(), &values);
            let others: Values = other.iter().copied().collect();
            prop_assert_eq!(others == values, other == list);
        }
    }
}
