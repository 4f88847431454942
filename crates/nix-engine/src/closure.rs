//! `builtins.fetchClosure`: objects of other stores, as they are or with paths that follow from what
//! is in them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use nix_eval::host::{FetchAttr, FetchAttrs, Fetched, HostError, HostResult};
use nix_store::Store;
use nix_store::store::{
    CopyOptions, Import, StoreKind, StoreReference, copy_closure, make_content_addressed,
};
use nix_wire::StorePath;

use crate::Shared;

type Open = dyn Fn(&StoreReference) -> Result<Arc<dyn Store>, String> + Send + Sync;

/// Opens stores by their names.
#[derive(Clone)]
pub struct StoreOpener(Arc<Open>);

impl StoreOpener {
    /// One that opens them so; the error is a text for people.
    pub fn new(
        open: impl Fn(&StoreReference) -> Result<Arc<dyn Store>, String> + Send + Sync + 'static,
    ) -> StoreOpener {
        StoreOpener(Arc::new(open))
    }
}

impl fmt::Debug for StoreOpener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StoreOpener")
            .finish_non_exhaustive()
    }
}

/// What a program asks for.
struct Closure<'a> {
    shared: &'a Shared,
    from_store: &'a str,
    from_path: StorePath,
}

impl Shared {
    /// Copies an object of another store. The attributes are those of `builtins.fetchClosure`.
    pub(crate) fn fetch_closure(&self, attrs: &FetchAttrs) -> HostResult<Fetched> {
        let text = |wanted: &str| {
            attrs.iter().find_map(|(name, value)| match value {
                FetchAttr::String(text) if name == wanted => Some(text.as_str()),
                _ => None,
            })
        };
        let closure = Closure {
            shared: self,
            from_store: text("fromStore").unwrap_or_default(),
            from_path: self.object(text("fromPath").unwrap_or_default())?,
        };
        let stays = attrs
            .iter()
            .any(|(name, value)| name == "inputAddressed" && *value == FetchAttr::Bool(true));
        let path = match text("toPath") {
            Some("") => closure.rewritten(None)?,
            Some(path) => closure.rewritten(Some(self.object(path)?))?,
            None => closure.copied(stays)?,
        };
        Ok(Fetched {
            store_path: self.store.store_dir().print(&path),
            info: Vec::new(),
        })
    }

    fn object(&self, text: &str) -> HostResult<StorePath> {
        self.store
            .store_dir()
            .parse(text)
            .map_err(|_| HostError::new(format!("path '{text}' is not in the Nix store")))
    }
}

impl Closure<'_> {
    /// The other store. Only such are allowed that mean the same to everybody.
    fn open(&self) -> HostResult<Arc<dyn Store>> {
        let name = self.from_store;
        let reference: StoreReference = name.parse().map_err(failed)?;
        // Nix's own tests have no server.
        let in_test = self
            .shared
            .settings
            .environment
            .contains_key(b"_NIX_IN_TEST".as_slice());
        let is_allowed = match &reference.kind {
            StoreKind::Address { scheme, .. } => {
                matches!(scheme.as_str(), "http" | "https") || (in_test && scheme == "file")
            }
            _ => false,
        };
        if !is_allowed {
            return Err(HostError::new(
                "'fetchClosure' only supports http:// and https:// stores",
            ));
        }
        if !reference.parameters.is_empty() {
            return Err(HostError::new(format!(
                "'fetchClosure' does not support URL query parameters (in '{name}')"
            )));
        }
        match &self.shared.settings.open_store {
            Some(StoreOpener(open)) => open(&reference).map_err(failed),
            None => Err(HostError::new(format!(
                "don't know how to open Nix store '{name}'"
            ))),
        }
    }

    /// Copies it as it is. Whether its path follows from its contents the program has to know.
    fn copied(&self, input_addressed: bool) -> HostResult<StorePath> {
        let store = &*self.shared.store;
        let path = &self.from_path;
        if !store.is_valid(path).map_err(failed)? {
            let options = CopyOptions {
                import: Import {
                    check_signatures: true,
                    repair: false,
                },
                substitute: false,
            };
            let wanted = BTreeSet::from([path.clone()]);
            copy_closure(&*self.open()?, store, &wanted, options).map_err(failed)?;
        }
        let info = store.require(path).map_err(failed)?;
        let printed = store.store_dir().print(path);
        match (info.content_address.is_some(), input_addressed) {
            (false, false) => Err(HostError::new(format!(
                "The 'fromPath' value '{printed}' is input-addressed, but 'inputAddressed' is set \
                 to 'false' (default).\n\n\
                 If you do intend to fetch an input-addressed store path, add\n\n    \
                 inputAddressed = true;\n\n\
                 to the 'fetchClosure' arguments.\n\n\
                 Note that to ensure authenticity input-addressed store paths, users must \
                 configure a trusted binary cache public key on their systems. This is not needed \
                 for content-addressed paths."
            ))),
            (true, true) => Err(HostError::new(format!(
                "The store object referred to by 'fromPath' at '{printed}' is not \
                 input-addressed, but 'inputAddressed' is set to 'true'.\n\n\
                 Remove the 'inputAddressed' attribute (it defaults to 'false') to expect \
                 'fromPath' to be content-addressed"
            ))),
            _ => Ok(path.clone()),
        }
    }

    /// Rewrites it, unless what it should become is there; without that it is only said.
    fn rewritten(&self, to: Option<StorePath>) -> HostResult<StorePath> {
        let store = &*self.shared.store;
        let print = |path: &StorePath| store.store_dir().print(path);
        let is_there = match &to {
            Some(to) => store.is_valid(to).map_err(failed)?,
            None => false,
        };
        if !is_there {
            let wanted = BTreeSet::from([self.from_path.clone()]);
            let from = self.open()?;
            let renamed = make_content_addressed(&*from, store, &wanted, &mut |_, _| ());
            let renamed = renamed.map_err(failed)?;
            let found = renamed.get(&self.from_path).unwrap_or(&self.from_path);
            let (from, found_text) = (print(&self.from_path), print(found));
            match &to {
                None => {
                    return Err(HostError::new(format!(
                        "rewriting '{from}' to content-addressed form yielded '{found_text}'\n\
                         Use this value for the 'toPath' attribute passed to 'fetchClosure'"
                    )));
                }
                Some(to) if to != found => {
                    return Err(HostError::new(format!(
                        "rewriting '{from}' to content-addressed form yielded '{found_text}', \
                         while '{}' was expected",
                        print(to)
                    )));
                }
                Some(_) => {}
            }
        }
        let to = to.unwrap_or_else(|| self.from_path.clone());
        if store
            .require(&to)
            .map_err(failed)?
            .content_address
            .is_none()
        {
            return Err(HostError::new(format!(
                "The 'toPath' value '{}' is input-addressed, so it can't possibly be the result of \
                 rewriting to a content-addressed path.\n\n\
                 Set 'toPath' to an empty string to make Nix report the correct content-addressed \
                 path.",
                print(&to)
            )));
        }
        Ok(to)
    }
}

fn failed(error: impl fmt::Display) -> HostError {
    HostError::new(error.to_string())
}
