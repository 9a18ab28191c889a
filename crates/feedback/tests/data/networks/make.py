"""Small folders of random weights of three BERT families, and what transformers (Flax) answers for them."""
import json, sys, pathlib
import numpy as np
import jax
jax.config.update("jax_default_matmul_precision", "highest")
import transformers as tf
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from flax.traverse_util import flatten_dict, unflatten_dict

out = pathlib.Path(sys.argv[1])
words = "the stream keep ##s buffer ##ing video quality look great bad is it not good every minute today a ##n ! . , my when does match start caf ##e".split()
special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"]
vocab = {w: i for i, w in enumerate(special + words)}
tok = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
tok.normalizer = normalizers.BertNormalizer(lowercase=True)
tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
tok.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)])
texts = ["The stream keeps buffering every minute", "Video quality looks great today!", "is it good, bad?", "",
         "Caf\u00e9 \u4f60\u597d " + "the match is not good . " * 12]
MAXPOS = 34
common = dict(vocab_size=len(vocab), pad_token_id=1, max_position_embeddings=MAXPOS, num_labels=3, torch_dtype="float32")
labels = dict(id2label={0: "negative", 1: "neutral", 2: "positive"}, label2id={"negative": 0, "neutral": 1, "positive": 2})
sizes = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=24, type_vocab_size=2)
common.pop("num_labels")
cases = [
    ("bert-classifier", tf.BertConfig(**common, **labels, **sizes), tf.FlaxBertForSequenceClassification),
    ("roberta-classifier", tf.RobertaConfig(**common, **{**labels, "id2label": {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}}, **{**sizes, "type_vocab_size": 1}), tf.FlaxRobertaForSequenceClassification),
    ("distilbert-classifier", tf.DistilBertConfig(**common, id2label={0: "NEGATIVE", 1: "POSITIVE"}, label2id={"NEGATIVE": 0, "POSITIVE": 1}, dim=12, n_layers=2, n_heads=3, hidden_dim=24), tf.FlaxDistilBertForSequenceClassification),
    ("bert-embedding", tf.BertConfig(**common, **sizes), tf.FlaxBertModel),
]
for seed, (name, config, cls) in enumerate(cases):
    model = cls(config, seed=seed)
    rng = np.random.default_rng(seed)
    flat = {}
    for k, v in flatten_dict(model.params).items():
        v = np.asarray(v)
        base = 1.0 if k[-1] == "scale" else 0.0
        flat[k] = (base + rng.normal(0, 0.4 if k[-1] != "scale" else 0.1, v.shape)).astype(np.float16).astype(np.float32)
    model.params = unflatten_dict(flat)
    tensors = {}
    for k, v in flat.items():
        last = {"kernel": "weight", "embedding": "weight", "scale": "weight"}.get(k[-1], k[-1])
        tensors[".".join(k[:-1] + (last,))] = np.ascontiguousarray(v.T if k[-1] == "kernel" else v)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.astype(np.float16) for k, v in tensors.items()}, folder / "model.safetensors", metadata={"format": "pt"})
    config.architectures = [cls.__name__.removeprefix("Flax")]
    (folder / "config.json").write_text(config.to_json_string())
    tok.save(str(folder / "tokenizer.json"), pretty=False)
    limit = MAXPOS - 2 if "roberta" in name else MAXPOS
    answers = []
    for text in texts:
        ids = tok.encode(text).ids
        if len(ids) > limit:
            ids = ids[: limit - 1] + ids[-1:]
        x = dict(input_ids=np.array([ids], dtype="i4"), attention_mask=np.ones((1, len(ids)), dtype="i4"))
        y = model(**x)
        if "embedding" in name:
            h = np.asarray(y.last_hidden_state)[0].mean(0)
            values = h / np.linalg.norm(h)
        else:
            l = np.asarray(y.logits)[0].astype(np.float64)
            e = np.exp(l - l.max())
            values = e / e.sum()
        answers.append({"text": text, "values": [round(float(v), 6) for v in values]})
    (folder / "answers.json").write_text(json.dumps({"by": f"transformers {tf.__version__}, Flax, float32", "cases": answers}, ensure_ascii=True, indent=1) + "\n")
    print(name, [a["values"] for a in answers][:2])
