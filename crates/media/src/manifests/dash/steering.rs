//! Who steers players between the locations of a presentation (DASH-IF "Content Steering for DASH", 1.0; ISO/IEC 23009-1, 6th edition).
//!
//! Read apart from the video, by the names of the elements: the parser of manifests does not keep the server's address.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::manifests::steering::Steering;

/// The steering of a manifest; None where nobody steers, or there is no choice.
pub(crate) fn steering(text: &str) -> Option<Steering> {
    let mut reader = Reader::from_str(text);
    let mut found = Steering::default();
    let (mut depth, mut first) = (0usize, None);
    // What is being read: the element that is open and what it says.
    let mut open: Option<(Option<String>, bool)> = None;
    let mut said = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                depth += 1;
                let name = element.local_name();
                open = match name.as_ref() {
                    "BaseURL" if depth == 2 => Some((attribute(&element, "serviceLocation"), false)),
                    "ContentSteering" if depth <= 3 && found.server.is_empty() => {
                        found.before_start =
                            attribute(&element, "queryBeforeStart").is_some_and(|v| v.trim() == "true");
                        first = attribute(&element, "defaultServiceLocation");
                        Some((None, true))
                    }
                    _ => None,
                };
                said.clear();
            }
            Event::Text(text) if open.is_some() => said.push_str(&text),
            Event::CData(text) if open.is_some() => said.push_str(&text),
            Event::GeneralRef(name) if open.is_some() => {
                said.push_str(&quick_xml::escape::unescape(&format!("&{};", &*name)).ok()?);
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                let said = said.trim().to_string();
                match open.take() {
                    Some((_, true)) => found.server = said,
                    Some((location, false)) => {
                        if found.read_with.is_empty() {
                            found.read_with = said.clone();
                        }
                        found.locations.extend(location.map(|name| (name, said)));
                    }
                    None => {}
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    // Several are in order of preference.
    let wanted: Vec<&str> = first.as_deref().map_or(Vec::new(), |f| f.split_whitespace().collect());
    let place = |name: &str| wanted.iter().position(|w| *w == name).unwrap_or(wanted.len());
    found.locations.sort_by_key(|(name, _)| place(name));
    (!found.server.is_empty() && found.locations.len() > 1).then_some(found)
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.attributes().flatten().find(|a| a.key.local_name().as_ref() == name)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_to_begin_with_is_first() {
        let manifest = r#"<MPD><BaseURL serviceLocation="alpha">https://a.example/x/</BaseURL>
            <BaseURL serviceLocation="beta"> https://b.example/?a=1&amp;b=2 </BaseURL>
            <ContentSteering defaultServiceLocation="beta alpha" queryBeforeStart="true"><![CDATA[https://s.example/steer?v=1]]></ContentSteering>
            <Period><BaseURL serviceLocation="gamma">deeper/</BaseURL></Period></MPD>"#;
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        assert_eq!(
            steering(manifest),
            Some(Steering {
                server: "https://s.example/steer?v=1".to_string(),
                before_start: true,
                locations: vec![
                    pair("beta", "https://b.example/?a=1&b=2"),
                    pair("alpha", "https://a.example/x/")
                ],
                read_with: "https://a.example/x/".to_string(),
                is_hls: false,
            })
        );
    }

    #[test]
    fn without_a_choice_nobody_steers() {
        let one =
            r#"<MPD><BaseURL serviceLocation="alpha">a/</BaseURL><ContentSteering>s</ContentSteering></MPD>"#;
        let nobody = r#"<MPD><BaseURL serviceLocation="a">a/</BaseURL><BaseURL serviceLocation="b">b/</BaseURL></MPD>"#;
        for manifest in [one, nobody, "<MPD/>", "<MPD", "#EXTM3U", ""] {
            assert_eq!(steering(manifest), None, "{manifest}");
        }
        let described = r#"<MPD><ServiceDescription><ContentSteering>s</ContentSteering></ServiceDescription>
            <BaseURL serviceLocation="a">a/</BaseURL><BaseURL serviceLocation="b">b/</BaseURL></MPD>"#;
        let found = steering(described).expect("it is steered");
        assert_eq!((found.server.as_str(), found.before_start, found.locations.len()), ("s", false, 2));
    }
}
