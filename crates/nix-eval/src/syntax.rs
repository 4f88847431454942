//! The parser, as the evaluator uses it.

use nix_syntax::ast::{Ast, Expr, ExprId};

use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::source::Pos;

/// Parses a text whose first byte has the position `start`.
pub(crate) fn parse(e: &Evaluator, text: &[u8], start: Pos) -> Result<Ast> {
    let _ = e;
    let parsed = nix_syntax::parse(text, &nix_syntax::ParseOptions::default()).map_err(|error| {
        EvalError::new(ErrorKind::Parse, error.message).at(Pos(start.0 + error.pos.0))
    })?;
    Ok(parsed.ast)
}

impl Evaluator {
    /// The text of the expression at a position, as Nix shows expressions in messages.
    pub(crate) fn show_expression(&self, pos: Pos) -> String {
        self.show_at(pos, |_, _, _| true)
    }

    /// The text of the condition of the assertion at a position.
    pub(crate) fn show_asserted(&self, pos: Pos) -> String {
        self.show_at(pos, |ast, id, show| match ast.expr(id) {
            Expr::Assert { condition, .. } => {
                *show = condition;
                true
            }
            _ => false,
        })
    }

    /// The text of the outermost expression at a position that is accepted. The file is parsed
    /// again: only messages need this.
    fn show_at(
        &self,
        pos: Pos,
        accept: impl Fn(&Ast, ExprId, &mut ExprId) -> bool,
    ) -> String {
        const UNKNOWN: &str = "…";
        let Some((text, offset)) = self.sources.text_at(pos) else {
            return UNKNOWN.to_owned();
        };
        let Ok(parsed) = nix_syntax::parse(&text, &nix_syntax::ParseOptions::default()) else {
            return UNKNOWN.to_owned();
        };
        let ast = &parsed.ast;
        for index in (0..ast.exprs.len()).rev() {
            let mut id = ExprId(index as u32);
            let expression = id;
            if ast.positions[index].0 as usize == offset && accept(ast, expression, &mut id) {
                return nix_syntax::show(ast, id);
            }
        }
        UNKNOWN.to_owned()
    }
}
