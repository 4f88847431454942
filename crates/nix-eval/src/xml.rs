//! Writing XML, indented, in the form of `builtins.toXML`.

/// An XML document that is being written. Attributes are written in the order given.
#[derive(Debug)]
pub struct XmlWriter {
    text: Vec<u8>,
    open: Vec<&'static str>,
}

impl Default for XmlWriter {
    fn default() -> XmlWriter {
        XmlWriter::new()
    }
}

impl XmlWriter {
    /// A document with its declaration.
    #[must_use]
    pub fn new() -> XmlWriter {
        XmlWriter {
            text: b"<?xml version='1.0' encoding='utf-8'?>\n".to_vec(),
            open: Vec::new(),
        }
    }

    /// How many bytes were written so far.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Opens an element.
    pub fn open(&mut self, name: &'static str, attributes: &[(&str, &[u8])]) {
        self.tag(name, attributes, b">\n");
        self.open.push(name);
    }

    /// Closes the element opened last.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text
                .extend_from_slice(format!("</{name}>\n").as_bytes());
        }
    }

    /// Adds an element without content.
    pub fn empty(&mut self, name: &'static str, attributes: &[(&str, &[u8])]) {
        self.tag(name, attributes, b" />\n");
    }

    /// The document, with all elements closed.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn indent(&mut self) {
        self.text
            .resize(self.text.len() + 2 * self.open.len(), b' ');
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &[u8])], end: &[u8]) {
        self.indent();
        self.text.push(b'<');
        self.text.extend_from_slice(name.as_bytes());
        for (name, value) in attributes {
            self.text
                .extend_from_slice(format!(" {name}=\"").as_bytes());
            self.escaped(value);
            self.text.push(b'"');
        }
        self.text.extend_from_slice(end);
    }

    fn escaped(&mut self, value: &[u8]) {
        for &byte in value {
            match byte {
                b'"' => self.text.extend_from_slice(b"&quot;"),
                b'<' => self.text.extend_from_slice(b"&lt;"),
                b'>' => self.text.extend_from_slice(b"&gt;"),
                b'&' => self.text.extend_from_slice(b"&amp;"),
                // Otherwise reading the attribute would turn it into a space.
                b'\n' => self.text.extend_from_slice(b"&#xA;"),
                _ => self.text.push(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_nested_and_escaped() {
        let mut writer = XmlWriter::new();
        writer.open("expr", &[]);
        writer.open("attr", &[("name", b"a<b>&\"\n'")]);
        writer.empty("null", &[]);
        let expected = "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  \
            <attr name=\"a&lt;b&gt;&amp;&quot;&#xA;'\">\n    <null />\n  </attr>\n</expr>\n";
        assert_eq!(String::from_utf8_lossy(&writer.finish()), expected);
    }
}
