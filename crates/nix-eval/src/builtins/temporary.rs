//! Until the real ones are there.
#![allow(warnings)]
use super::Builtin;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::value::*;
use crate::regex::{RegexCache, Scratch};
use crate::source::Pos;
use crate::context::ContextSet;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("match", 2, 0, m), Builtin::new("split", 2, 0, split),
    Builtin::new("toJSON", 1, 0, tojson), Builtin::new("fromJSON", 1, 0, fromjson),
    Builtin::global("fromTOML", 1, 0, |e,a| Err(EvalError::eval("fromTOML"))),
    Builtin::new("toXML", 1, 0, |e,a| Err(EvalError::eval("toXML"))),
    Builtin::new("hashString", 2, 0, hs), Builtin::new("hashFile", 2, 0, |e,a| Err(EvalError::eval("hashFile"))),
    Builtin::new("convertHash", 1, 0, |e,a| Err(EvalError::eval("ch"))),
    Builtin::new("compareVersions", 2, 0, cv), Builtin::new("splitVersion", 1, 0, sv), Builtin::new("parseDrvName", 1, 0, pdn),
];
thread_local!{ static C: std::cell::RefCell<RegexCache> = Default::default(); static S: std::cell::RefCell<Scratch> = Default::default(); }
fn m(e:&Evaluator,a:&[Value])->Result<Value>{
  let p=e.force_string(a[0],"")?; let t=e.force_string(a[1],"")?;
  let r=C.with(|c| c.borrow_mut().get(p.bytes)).map_err(|x| EvalError::eval("regex"))?;
  let f=S.with(|s| r.match_full(&mut s.borrow_mut(), t.bytes));
  Ok(match f { None=>Value::NULL, Some(m)=>{ let v:Vec<Value>=m.groups.iter().map(|g| match g {None=>Value::NULL,Some(s)=>e.string(&t.bytes[s.start..s.end])}).collect(); e.list(&v)} })
}
fn split(e:&Evaluator,a:&[Value])->Result<Value>{
  let p=e.force_string(a[0],"")?; let t=e.force_string(a[1],"")?;
  let r=C.with(|c| c.borrow_mut().get(p.bytes)).map_err(|x| EvalError::eval("regex"))?;
  let mut out=vec![]; let mut last=0;
  S.with(|s| { let mut s=s.borrow_mut(); for m in r.matches(&mut s,t.bytes) { out.push(e.string_with_context(&t.bytes[last..m.span.start], t.context));
    let v:Vec<Value>=m.groups.iter().map(|g| match g {None=>Value::NULL,Some(s)=>e.string_with_context(&t.bytes[s.start..s.end],t.context)}).collect(); out.push(e.list(&v)); last=m.span.end; }});
  out.push(e.string_with_context(&t.bytes[last..],t.context));
  Ok(e.list(&out))
}
fn tojson(e:&Evaluator,a:&[Value])->Result<Value>{ let mut c=ContextSet::EMPTY; let j=value_to_json(e,a[0],true,&mut c)?; Ok(e.string_with_context(&j,c)) }
pub(crate) fn write_string(s:&[u8], o:&mut Vec<u8>)->Result<()>{ o.extend_from_slice(serde_json::to_string(&String::from_utf8_lossy(s)).unwrap().as_bytes()); Ok(()) }
pub(crate) fn value_to_json(e:&Evaluator,v:Value,copy:bool,c:&mut ContextSet)->Result<Vec<u8>>{ let mut o=vec![]; j(e,v,copy,c,&mut o)?; Ok(o) }
fn j(e:&Evaluator,v:Value,copy:bool,c:&mut ContextSet,o:&mut Vec<u8>)->Result<()>{
  let v=e.force(v)?;
  match e.view(v) {
    View::Null=>o.extend(b"null"), View::Bool(b)=>o.extend(if b {&b"true"[..]} else {b"false"}), View::Int(i)=>o.extend(i.to_string().bytes()),
    View::Float(f)=>o.extend(serde_json::to_string(&f).unwrap().bytes()),
    View::String(t)=>{ *c=e.contexts.union(*c,t.context); write_string(t.bytes,o)?; }
    View::Path(p)=>{ let r= if copy { e.copy_path(p,c)?.to_vec() } else {p.to_vec()}; write_string(&r,o)?; }
    View::List(l)=>{ o.push(b'['); for (i,x) in e.elements(l).enumerate() { if i>0 {o.push(b',')} j(e,x,copy,c,o)?; } o.push(b']'); }
    View::Attrs(at)=>{
      if e.attr(at,e.names.to_string).is_some() { let t=e.coerce_at(v, crate::eval::Coercion{more:true,copy_to_store:copy}, c, Pos::NONE, "")?; return write_string(&t,o); }
      if let Some(x)=e.attr(at,e.names.out_path) { return j(e,x,copy,c,o); }
      o.push(b'{'); for (i,x) in e.attrs_by_name(at).enumerate() { if i>0 {o.push(b',')} write_string(e.symbol_text(x.name),o)?; o.push(b':'); j(e,x.value,copy,c,o)?; } o.push(b'}');
    }
    _=>return Err(EvalError::type_error("cannot convert a function to JSON")),
  } Ok(())
}
fn fromjson(e:&Evaluator,a:&[Value])->Result<Value>{ let t=e.force_string(a[0],"")?; let j:serde_json::Value=serde_json::from_slice(t.bytes).map_err(|x| EvalError::eval(x.to_string()))?; Ok(fj(e,&j)) }
fn fj(e:&Evaluator,j:&serde_json::Value)->Value{ use serde_json::Value as J; match j { J::Null=>Value::NULL,J::Bool(b)=>Value::bool(*b),J::String(s)=>e.string(s.as_bytes()),
  J::Number(n)=> if let Some(i)=n.as_i64() {e.int(i)} else {e.float(n.as_f64().unwrap())}, J::Array(v)=>{let v:Vec<_>=v.iter().map(|x| fj(e,x)).collect(); e.list(&v)},
  J::Object(m)=>{let v:Vec<_>=m.iter().map(|(k,x)| (e.symbol(k.as_bytes()),fj(e,x))).collect(); e.attrs(&v)} } }
fn hs(e:&Evaluator,a:&[Value])->Result<Value>{ let al=e.force_string(a[0],"")?; let t=e.force_string(a[1],"")?; let h=nix_wire::hash::Hash::of(al.to_string_lossy().parse().map_err(|_| EvalError::eval("algo"))?, t.bytes); Ok(e.string(h.base16().as_bytes())) }
fn comps(s:&[u8])->Vec<&[u8]>{ let mut v=vec![]; let mut i=0; while i<s.len() { if s[i]==b'.'||s[i]==b'-' {i+=1;continue;} let st=i; let d=s[i].is_ascii_digit(); while i<s.len() && s[i]!=b'.'&&s[i]!=b'-'&& s[i].is_ascii_digit()==d {i+=1;} v.push(&s[st..i]); } v }
fn lt(a:&[u8],b:&[u8])->bool{ let n=|x:&[u8]| std::str::from_utf8(x).ok().and_then(|s| s.parse::<i64>().ok()); match (n(a),n(b)) { (Some(x),Some(y))=>x<y, (x,y)=>{ if a.is_empty()&&y.is_some() {true} else if a==b"pre"&&b!=b"pre" {true} else if b==b"pre" {false} else if y.is_some() {true} else if x.is_some() {false} else {a<b} } } }
fn cv(e:&Evaluator,a:&[Value])->Result<Value>{ let x=e.force_string(a[0],"")?; let y=e.force_string(a[1],"")?; let (x,y)=(comps(x.bytes),comps(y.bytes)); for i in 0..x.len().max(y.len()) { let p=x.get(i).copied().unwrap_or(b""); let q=y.get(i).copied().unwrap_or(b""); if lt(p,q) {return Ok(e.int(-1))} if lt(q,p) {return Ok(e.int(1))} } Ok(e.int(0)) }
fn sv(e:&Evaluator,a:&[Value])->Result<Value>{ let x=e.force_string(a[0],"")?; let v:Vec<_>=comps(x.bytes).iter().map(|c| e.string(c)).collect(); Ok(e.list(&v)) }
fn pdn(e:&Evaluator,a:&[Value])->Result<Value>{ let x=e.force_string(a[0],"")?.bytes; let mut n=x; let mut v=&b""[..]; for i in 0..x.len() { if x[i]==b'-' && i+1<x.len() && !x[i+1].is_ascii_alphabetic() { n=&x[..i]; v=&x[i+1..]; break; } } Ok(e.attrs(&[(e.symbol(b"name"),e.string(n)),(e.symbol(b"version"),e.string(v))])) }
