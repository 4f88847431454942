//! Fetchers and flakes: the arguments are checked here, the host does the rest.

use std::rc::Rc;

use super::Builtin;
use crate::context::ContextElement;
use crate::error::{ErrorKind, EvalError, Result};
use crate::eval::Coercion;
use crate::evaluator::Evaluator;
use crate::host::{FetchAttr, FetchAttrs, Fetched, Fetcher, HostError};
use crate::settings::Feature;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Tag, Value, View};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::global("fetchTree", 1, 1, |e, args| {
        fetch_tree(e, args[0], Fetcher::Tree)
    })
    .gated(Feature::FetchTree),
    Builtin::global("fetchGit", 1, 1, |e, args| {
        fetch_tree(e, args[0], Fetcher::Git)
    }),
    Builtin::global("fetchMercurial", 1, 1, |e, args| {
        fetch_tree(e, args[0], Fetcher::Mercurial)
    }),
    Builtin::global("fetchTarball", 1, 1, |e, args| {
        fetch_file(e, args[0], Fetcher::Tarball)
    }),
    Builtin::new("fetchurl", 1, 1, |e, args| {
        fetch_file(e, args[0], Fetcher::Url)
    }),
    Builtin::new("fetchClosure", 1, 1, fetch_closure).gated(Feature::FetchClosure),
    Builtin::new("getFlake", 1, 1, get_flake).gated(Feature::Flakes),
    Builtin::new("parseFlakeRef", 1, 1, parse_flake_ref).gated(Feature::Flakes),
    Builtin::new("flakeRefToString", 1, 1, flake_ref_to_string).gated(Feature::Flakes),
];

fn fetcher_name(fetcher: Fetcher) -> &'static str {
    match fetcher {
        Fetcher::Tree => "fetchTree",
        Fetcher::Git => "fetchGit",
        Fetcher::Mercurial => "fetchMercurial",
        Fetcher::Tarball => "fetchTarball",
        Fetcher::Url => "fetchurl",
        Fetcher::Closure => "fetchClosure",
    }
}

/// A fetcher whose result is a set that describes a tree.
fn fetch_tree(e: &Evaluator, argument: Value, fetcher: Fetcher) -> Result<Value> {
    let name = fetcher_name(fetcher);
    let value = e.force(argument)?;
    let mut attrs: FetchAttrs = Vec::new();
    if value.is(Tag::Attrs) {
        for attr in e.attrs_by_name(value.as_attrs()) {
            let key = e.name_of(attr.name);
            attrs.push((key.clone(), tree_argument(e, name, &key, attr.value)?));
        }
        let has_type = attrs.iter().any(|(key, _)| key == "type");
        if fetcher == Fetcher::Tree && !has_type {
            return Err(EvalError::eval(format!(
                "argument 'type' is missing in call to '{name}'"
            )));
        }
        if fetcher != Fetcher::Tree && has_type {
            return Err(EvalError::eval("unexpected argument 'type'"));
        }
        if fetcher == Fetcher::Tree && attrs.iter().any(|(key, _)| key == "name") {
            return Err(EvalError::eval(format!(
                "argument 'name' isn’t supported in call to '{name}'"
            )));
        }
    } else {
        if fetcher == Fetcher::Tree && !e.settings.has(Feature::Flakes) {
            return Err(EvalError::eval(format!(
                "passing a string argument to '{name}' requires the 'flakes' experimental feature"
            )));
        }
        let what = "while evaluating the first argument passed to the fetcher";
        let (url, _) = e.coerce_to_string(value, Coercion::PLAIN, what)?;
        let url = String::from_utf8_lossy(&url).into_owned();
        if fetcher == Fetcher::Tree {
            attrs = e.host.parse_flake_reference(&url)?;
        } else {
            attrs.push(("url".to_owned(), FetchAttr::String(url)));
        }
    }
    e.check_url(&tree_url(e, &attrs, fetcher))?;
    let fetched = e
        .host
        .fetch(fetcher, &attrs, e.settings.pure_eval)
        .map_err(|error| fetching(e, attrs, fetcher, error))?;
    e.access.allow(fetched.store_path.as_bytes());
    Ok(e.fetched_tree(&fetched))
}

/// What is fetched, as a URL.
fn tree_url(e: &Evaluator, attrs: &FetchAttrs, fetcher: Fetcher) -> String {
    let mut attrs = attrs.clone();
    if fetcher == Fetcher::Git {
        attrs.push(("type".to_owned(), FetchAttr::String("git".to_owned())));
    }
    let plain = attrs.iter().find_map(|(key, value)| match value {
        FetchAttr::String(url) if key == "url" => Some(url.clone()),
        _ => None,
    });
    e.host
        .print_flake_reference(&attrs)
        .unwrap_or(plain.unwrap_or_default())
}

impl Evaluator {
    /// Fails if a restricted evaluation must not fetch a URL.
    ///
    /// # Errors
    ///
    /// If the evaluation is restricted and the URL is not one of the allowed ones.
    pub fn check_url(&self, url: &str) -> Result<()> {
        let mut allowed = self.settings.allowed_uris.iter();
        if !self.settings.restrict_eval || allowed.any(|allowed| is_allowed(url, allowed)) {
            return Ok(());
        }
        let path = url.strip_prefix("file://").unwrap_or(url);
        if path.starts_with('/') {
            return self.check_access(&crate::paths::normalize(path.as_bytes()));
        }
        let message = format!("access to URI '{url}' is forbidden in restricted mode");
        Err(EvalError::new(ErrorKind::Restricted, message))
    }
}

/// Whether a URL is an allowed one, below it, or of an allowed scheme (`github:`).
fn is_allowed(url: &str, allowed: &str) -> bool {
    let Some(rest) = url.strip_prefix(allowed) else {
        return false;
    };
    let is_scheme = allowed
        .strip_suffix(':')
        .is_some_and(|scheme| !scheme.contains([':', '/']));
    !allowed.is_empty()
        && (rest.is_empty() || allowed.ends_with('/') || rest.starts_with('/') || is_scheme)
}

/// The error of fetching something: says what, unless it is nothing that could be fetched.
#[cold]
fn fetching(
    e: &Evaluator,
    mut attrs: FetchAttrs,
    fetcher: Fetcher,
    error: HostError,
) -> Box<EvalError> {
    if fetcher == Fetcher::Git {
        attrs.push(("type".to_owned(), FetchAttr::String("git".to_owned())));
    }
    let error = Box::<EvalError>::from(error);
    match e.host.print_flake_reference(&attrs) {
        Ok(input) => error.trace(Pos::NONE, format!("while fetching the input '{input}'")),
        Err(_) => error,
    }
}

fn tree_argument(e: &Evaluator, fetcher: &str, name: &str, value: Value) -> Result<FetchAttr> {
    Ok(match e.force_view(value)? {
        View::String(text) => FetchAttr::String(text.to_string_lossy().into_owned()),
        View::Path(path) => FetchAttr::String(String::from_utf8_lossy(path).into_owned()),
        View::Bool(value) => FetchAttr::Bool(value),
        View::Int(int) => match u64::try_from(int) {
            Ok(int) => FetchAttr::Int(int),
            Err(_) => {
                return Err(EvalError::eval(format!(
                    "negative value given for '{fetcher}' argument '{name}': {int}"
                )));
            }
        },
        View::List(_) if name == "publicKeys" => {
            FetchAttr::String(String::from_utf8_lossy(&e.to_json(value, false)?.0).into_owned())
        }
        _ => {
            return Err(EvalError::type_error(format!(
                "argument '{name}' to '{fetcher}' is {} while a string, Boolean or integer is expected",
                e.describe(e.force(value)?)
            )));
        }
    })
}

/// A fetcher whose result is a store path.
fn fetch_file(e: &Evaluator, argument: Value, fetcher: Fetcher) -> Result<Value> {
    let name = fetcher_name(fetcher);
    let value = e.force(argument)?;
    let mut attrs: FetchAttrs = Vec::new();
    if value.is(Tag::Attrs) {
        for attr in e.attrs_by_name(value.as_attrs()) {
            let key = e.name_of(attr.name);
            let what = match &*key {
                "url" => "while evaluating the url we should fetch",
                "sha256" => "while evaluating the sha256 of the content we should fetch",
                "name" => "while evaluating the name of the content we should fetch",
                _ => {
                    return Err(EvalError::eval(format!(
                        "unsupported argument '{key}' to '{name}'"
                    )));
                }
            };
            let text = e.force_plain_string(attr.value, what)?;
            attrs.push((
                key,
                FetchAttr::String(String::from_utf8_lossy(text).into_owned()),
            ));
        }
        if attrs.iter().all(|(key, _)| key != "url") {
            return Err(EvalError::eval("'url' argument required"));
        }
    } else {
        let url = e.force_plain_string(value, "while evaluating the url we should fetch")?;
        let url = String::from_utf8_lossy(url).into_owned();
        attrs.push(("url".to_owned(), FetchAttr::String(url)));
    }
    check_name(&mut attrs, fetcher, value.is(Tag::Attrs))?;
    if e.settings.pure_eval && attrs.iter().all(|(key, _)| key != "sha256") {
        let message = format!("in pure evaluation mode, '{name}' requires a 'sha256' argument");
        return Err(EvalError::new(ErrorKind::Restricted, message));
    }
    if let Some((_, FetchAttr::String(url))) = attrs.iter().find(|(key, _)| key == "url") {
        e.check_url(url)?;
    }
    let fetched = e.host.fetch(fetcher, &attrs, e.settings.pure_eval)?;
    e.access.allow(fetched.store_path.as_bytes());
    Ok(e.store_path_string(&fetched.store_path))
}

/// Fails if the name in the store would not be one; adds it if it was not given.
fn check_name(attrs: &mut FetchAttrs, fetcher: Fetcher, is_set: bool) -> Result<()> {
    let get = |wanted: &str| {
        attrs.iter().find_map(|(key, value)| match value {
            FetchAttr::String(text) if key == wanted => Some(text.clone()),
            _ => None,
        })
    };
    let url = get("url").unwrap_or_default();
    let given = get("name");
    let was_given = given.is_some();
    let name = match (given, fetcher) {
        (Some(name), _) if !name.is_empty() => name,
        (None, Fetcher::Tarball) => "source".to_owned(),
        _ => url.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    if let Err(error) = nix_wire::store_path::check_name(&name) {
        let who = fetcher_name(fetcher);
        let advice = if was_given {
            format!("Please change the value for the 'name' attribute passed to '{who}', so that")
        } else if is_set {
            format!("Please add a valid 'name' attribute to the argument for '{who}', so that")
        } else {
            format!(
                "Please pass an attribute set with 'url' and 'name' attributes to '{who}',  so that"
            )
        };
        return Err(EvalError::eval(format!(
            "invalid store path name when fetching URL '{url}': {error}. {advice} it can create a valid store path."
        )));
    }
    attrs.retain(|(key, _)| key != "name");
    attrs.push(("name".to_owned(), FetchAttr::String(name)));
    Ok(())
}

/// An object of another store, with all that it refers to.
fn fetch_closure(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.fetchClosure";
    let set = e.force_attrs(args[0], what)?;
    let mut attrs: FetchAttrs = Vec::new();
    for attr in e.attrs_by_name(set) {
        let key = e.name_of(attr.name);
        let what = match &*key {
            "fromPath" => {
                "while evaluating the attribute 'fromPath' passed to builtins.fetchClosure"
            }
            "toPath" => "while evaluating the attribute 'toPath' passed to builtins.fetchClosure",
            "fromStore" => {
                "while evaluating the attribute 'fromStore' passed to builtins.fetchClosure"
            }
            "inputAddressed" => {
                "while evaluating the attribute 'inputAddressed' passed to builtins.fetchClosure"
            }
            _ => {
                return Err(EvalError::eval(format!(
                    "attribute '{key}' isn't supported in call to 'fetchClosure'"
                )));
            }
        };
        let value = match &*key {
            "inputAddressed" => FetchAttr::Bool(e.force_bool(attr.value, what)?),
            "fromStore" => {
                let text = e.force_plain_string(attr.value, what)?;
                FetchAttr::String(String::from_utf8_lossy(text).into_owned())
            }
            _ => {
                let (text, _) = e.coerce_to_string(attr.value, Coercion::PLAIN, what)?;
                FetchAttr::String(String::from_utf8_lossy(&text).into_owned())
            }
        };
        attrs.push((key, value));
    }
    let given = |wanted: &str| attrs.iter().find(|(key, _)| key == wanted);
    for name in ["fromPath", "fromStore"] {
        if given(name).is_none() {
            return Err(EvalError::eval(format!(
                "attribute '{name}' is missing in call to 'fetchClosure'"
            )));
        }
    }
    let stays = matches!(given("inputAddressed"), Some((_, FetchAttr::Bool(true))));
    if stays && given("toPath").is_some() {
        return Err(EvalError::eval(
            "attribute 'inputAddressed' is set to true, but 'toPath' is also set. Please remove \
             one of them",
        ));
    }
    let fetched = e
        .host
        .fetch(Fetcher::Closure, &attrs, e.settings.pure_eval)?;
    for path in e.host.closure(&fetched.store_path)? {
        e.access.allow(path.as_bytes());
    }
    Ok(e.store_path_string(&fetched.store_path))
}

impl Evaluator {
    /// The name of a symbol as a string of its own.
    fn name_of(&self, symbol: Symbol) -> String {
        self.symbol_lossy(symbol).into_owned()
    }

    /// A store path as a string that refers to it.
    #[must_use]
    pub fn store_path_string(&self, path: &str) -> Value {
        let element = ContextElement::Opaque(Rc::from(path.as_bytes()));
        self.string_with_context(path.as_bytes(), self.contexts.single(element))
    }

    /// The set that describes a fetched tree: `outPath` and what is known about it.
    #[must_use]
    pub fn fetched_tree(&self, fetched: &Fetched) -> Value {
        let mut attrs = vec![(
            self.names.out_path,
            self.store_path_string(&fetched.store_path),
        )];
        for (name, value) in &fetched.info {
            attrs.push((self.symbol(name.as_bytes()), self.fetch_attr(value)));
        }
        self.attrs(&attrs)
    }

    fn fetch_attr(&self, attr: &FetchAttr) -> Value {
        match attr {
            FetchAttr::String(text) => self.string(text.as_bytes()),
            FetchAttr::Int(int) => self.int(i64::try_from(*int).unwrap_or(i64::MAX)),
            FetchAttr::Bool(value) => Value::bool(*value),
        }
    }
}

fn get_flake(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.getFlake";
    let value = e.force(args[0])?;
    let (reference, _) = if value.is(Tag::Path) {
        e.coerce_to_string(value, Coercion::PLAIN, what)?
    } else {
        (
            std::borrow::Cow::Borrowed(e.force_plain_string(value, what)?),
            crate::ContextSet::EMPTY,
        )
    };
    e.host.get_flake(e, &String::from_utf8_lossy(&reference))
}

fn parse_flake_ref(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.parseFlakeRef";
    let reference = e.force_plain_string(args[0], what)?;
    let attrs = e
        .host
        .parse_flake_reference(&String::from_utf8_lossy(reference))?;
    let attrs: Vec<(Symbol, Value)> = attrs
        .iter()
        .map(|(name, value)| (e.symbol(name.as_bytes()), e.fetch_attr(value)))
        .collect();
    Ok(e.attrs(&attrs))
}

fn flake_ref_to_string(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.flakeRefToString";
    let set = e.force_attrs(args[0], what)?;
    let mut attrs: FetchAttrs = Vec::new();
    for (index, attr) in e.attrs_by_symbol(set).enumerate() {
        let name = e.name_of(attr.name);
        let value = match e.force_view(attr.value)? {
            View::Int(int) => match u64::try_from(int) {
                Ok(int) => FetchAttr::Int(int),
                Err(_) => {
                    return Err(EvalError::eval(format!(
                        "negative value given for flake ref attr {name}: {int}"
                    )));
                }
            },
            View::Bool(value) => FetchAttr::Bool(value),
            View::String(text) => FetchAttr::String(text.to_string_lossy().into_owned()),
            _ => {
                let pos: Pos = e.attr_pos_at(set, index);
                return Err(EvalError::eval(format!(
                    "flake reference attribute sets may only contain integers, Booleans, and strings, but attribute '{name}' is {}",
                    e.describe(e.force(attr.value)?)
                ))
                .at(pos));
            }
        };
        attrs.push((name, value));
    }
    let text = e.host.print_flake_reference(&attrs)?;
    Ok(e.string(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn urls_are_allowed_with_all_below_them() {
        assert!(is_allowed("https://a/b", "https://a/b"));
        assert!(is_allowed("https://a/b/c", "https://a/b"));
        assert!(is_allowed("https://a/b/c", "https://a/"));
        assert!(is_allowed("github:a/b", "github:"));
        assert!(!is_allowed("https://a/bc", "https://a/b"));
        assert!(!is_allowed("https://a/b", "https://a/b/"));
        assert!(!is_allowed("https://a/b", ""));
    }
}
