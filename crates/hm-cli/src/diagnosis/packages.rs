//! Finds out, in the syntax tree, whether a name was looked up in the package set.

use nix_syntax::ast::{Ast, BindingValue, Expr, ExprId, Pos};
use nix_syntax::{LineIndex, ParseOptions};

use crate::report::Place;

/// Returns whether the name at this place is looked up in `pkgs`: by `pkgs.name`, by
/// `inherit (pkgs) name`, or in the body of `with pkgs;`. Sets inside of `pkgs` count too.
pub fn is_looked_up_in_packages(place: &Place) -> bool {
    let Ok(text) = std::fs::read(&place.file) else {
        return false;
    };
    let Ok(parsed) = nix_syntax::parse(&text, &ParseOptions::default()) else {
        return false;
    };
    let lines = LineIndex::new(&text);
    let is_here = |pos: Pos| lines.line_column(pos) == Some((place.line, place.column));
    let ast = &parsed.ast;
    let found = (0..).map(ExprId).zip(&ast.exprs).any(|(id, expr)| {
        is_here(ast.pos(id))
            && match expr {
                Expr::Select { base, .. } => is_package_set(ast, *base),
                Expr::Var(_) => has_packages_in_scope(ast, id),
                _ => false,
            }
    });
    found || is_inherited(ast, is_here)
}

/// Returns whether an expression is `pkgs` or a set inside of it.
fn is_package_set(ast: &Ast, id: ExprId) -> bool {
    match ast.expr(id) {
        Expr::Var(name) => ast.symbol(name) == b"pkgs",
        Expr::Select { base, .. } => is_package_set(ast, base),
        _ => false,
    }
}

/// Returns whether an expression is in the body of a `with` of the package set. The parser adds an
/// expression after its parts, so the body's parts lie between the set and the body itself.
fn has_packages_in_scope(ast: &Ast, id: ExprId) -> bool {
    ast.exprs.iter().any(|expr| match expr {
        Expr::With { set, body } => set.0 < id.0 && id.0 <= body.0 && is_package_set(ast, *set),
        _ => false,
    })
}

/// Returns whether a name at a position is inherited from the package set.
fn is_inherited(ast: &Ast, is_here: impl Fn(Pos) -> bool) -> bool {
    ast.sets.iter().any(|set| {
        ast.bindings[set.bindings.range()].iter().any(|binding| {
            let BindingValue::InheritFrom(number) = binding.value else {
                return false;
            };
            let source = ast.lists[set.inherit_from.range()].get(number as usize);
            is_here(binding.pos) && source.is_some_and(|source| is_package_set(ast, *source))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_looked_up_in_packages;
    use crate::report::Place;

    /// Whether the name at `^`, which is taken out of the text, is looked up in the package set.
    fn is_found(text: &str) -> bool {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("home.nix");
        let at = text.find('^').expect("a mark");
        std::fs::write(&file, text.replace('^', "")).expect("a file");
        is_looked_up_in_packages(&Place {
            file: file.display().to_string(),
            line: text[..at].matches('\n').count() as u32 + 1,
            column: (at - text[..at].rfind('\n').map_or(0, |line| line + 1)) as u32 + 1,
            text: None,
            label: String::new(),
        })
    }

    #[test]
    fn names_in_the_package_set_are_found() {
        for text in [
            "{ pkgs, ... }: { a = ^pkgs.ripgrep; }",
            "{ pkgs, ... }: { a = [ ^pkgs.vimPlugins.x ]; }",
            "{ pkgs, ... }: {\n  a = with pkgs; [ fd\n ^ripgrep ];\n}",
            "{ pkgs, ... }: with pkgs; { a = [ (f ^ripgrep) ]; }",
            "{ pkgs, ... }: { a = with pkgs.vimPlugins; [ ^x ]; }",
            "{ pkgs, ... }: { a = { inherit (pkgs) fd ^ripgrep; }; }",
            "{ pkgs, ... }: let inherit (pkgs) ^ripgrep; in [ ripgrep ]",
        ] {
            assert!(is_found(text), "{text}");
        }
    }

    #[test]
    fn other_names_are_not() {
        for text in [
            "{ pkgs, lib, ... }: { a = ^lib.ripgrep; b = pkgs.fd; }",
            "{ pkgs, ... }: { a = with pkgs; [ fd ]; b = ^ripgrep; }",
            "{ pkgs, lib, ... }: { a = ^ripgrep; b = with pkgs; [ fd ]; }",
            "{ pkgs, ... }: { a = { inherit (lib) ^ripgrep; inherit (pkgs) fd; }; }",
            "{ pkgs, ... }: { a = \"with pkgs; \" + ^ripgrep; }",
        ] {
            assert!(!is_found(text), "{text}");
        }
    }
}
