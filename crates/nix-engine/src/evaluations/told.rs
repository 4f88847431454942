//! What evaluations tell, kept to be told again.

use nix_eval::host::Message;
use serde_json::{Value as Json, json};

use crate::Shared;
use crate::reporter::Event;

/// What an evaluation told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Trace,
    EvaluationWarning,
    Warning,
}

const KINDS: [(Kind, &str); 3] = [
    (Kind::Trace, "trace"),
    (Kind::EvaluationWarning, "evaluation warning"),
    (Kind::Warning, "warning"),
];

impl Told {
    pub(crate) fn of(message: Message<'_>) -> Told {
        let (kind, text) = match message {
            Message::Trace(text) => (Kind::Trace, text),
            Message::EvaluationWarning(text) => (Kind::EvaluationWarning, text),
            Message::Warning(text) => (Kind::Warning, text),
            Message::Call { location, .. } => (Kind::Trace, location),
        };
        Told {
            kind,
            text: text.to_owned(),
        }
    }

    fn event(&self) -> Event<'_> {
        match self.kind {
            Kind::Trace => Event::Trace(&self.text),
            Kind::EvaluationWarning => Event::EvaluationWarning(&self.text),
            Kind::Warning => Event::Warning(&self.text),
        }
    }

    pub(super) fn to_json(&self) -> Json {
        let name = KINDS.iter().find(|(kind, _)| *kind == self.kind);
        json!([name.map(|(_, name)| name), self.text])
    }

    pub(super) fn from_json(json: &Json) -> Option<Told> {
        let name = json[0].as_str()?;
        let (kind, _) = KINDS.iter().find(|(_, known)| *known == name)?;
        Some(Told {
            kind: *kind,
            text: json[1].as_str()?.to_owned(),
        })
    }
}

impl Told {
    /// All of an array; `None` if it is none.
    pub(super) fn list_from_json(json: &Json) -> Option<Vec<Told>> {
        json.as_array()?.iter().map(Told::from_json).collect()
    }
}

impl Shared {
    /// Tells the reporter what an evaluation says, unless an attempt before said it, and keeps it to
    /// be told again.
    pub(crate) fn tell(&self, message: Message<'_>) {
        self.tell_once(Told::of(message));
    }

    /// The same for what was kept.
    pub(super) fn tell_kept(&self, kept: Vec<Told>) {
        for told in kept {
            self.tell_once(told);
        }
    }

    fn tell_once(&self, told: Told) {
        let number = self.told.borrow().len();
        if self.told_before.borrow().get(number) != Some(&told) {
            self.reporter.report(told.event());
        }
        self.told.borrow_mut().push(told);
    }

    /// From here on what is told belongs to a new question.
    pub(crate) fn begin_telling(&self) {
        self.told.borrow_mut().clear();
        self.told_before.borrow_mut().clear();
    }

    /// An evaluation begins again: what it said is not said twice.
    pub(crate) fn tell_again(&self) {
        let told = self.told.take();
        let mut before = self.told_before.borrow_mut();
        if told.len() > before.len() {
            *before = told;
        }
    }

    /// What was told up to here is told each time and so need not be kept.
    pub(crate) fn forget_told(&self) {
        let told = self.told.take().len();
        let mut before = self.told_before.borrow_mut();
        let known = told.min(before.len());
        before.drain(..known);
    }
}
