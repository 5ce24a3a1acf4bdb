"""A page of our own in each format, all about the same operation: POST /v1/clips with its parameters."""

from __future__ import annotations

TAGGED = """\
---
title: "Make a clip"
api: "POST https://api.example.com/v1/clips"
---

Makes a clip out of a still.

<ParamField header="X-Team" type="string" required>
  Whom to bill.
</ParamField>

<ParamField body="still" type="string" required={true}>
  Where the still lies.
</ParamField>

<ParamField body='seconds' type="integer" default={5} minimum={3} maximum={15}>
  How long.
</ParamField>

<ParamField body="mood" type="string" default="calm" deprecated>
  `wild` or `calm`.
</ParamField>

<ParamField body="shots" type="object[]">
  The shots.

  <Expandable title="properties">
    <ParamField body="text" type="string" required>
      What is seen.
    </ParamField>
    <ParamField body="weights" type="number[]" />
  </Expandable>
</ParamField>

## Response

<ResponseField name="job" type="object">
  <Expandable>
    <ResponseField name="id" type="string" required>The job.</ResponseField>
    <ResponseField name="note" type="string | null" />
  </Expandable>
</ResponseField>

```mdx
<ParamField body="not_a_field" type="string" />
```
"""

RENDERED = """\
Skip to main content
POST
/
v1
/
clips
Make a clip
curl --request POST \\
  --url https://api.example.com/v1/clips \\
  --data '
{
  "still": "<string>",
  "seconds": 123,
  "mood": "<string>",
  "shots": [
    {
      "text": "<string>",
      "weights": [
        123
      ]
    }
  ]
}
'
{
  "job": {
    "id": "<string>",
    "note": "<string>"
  }
}
Makes a clip out of a still.
Headers
X-Team
string
required
Whom to bill.
Request Body
still
string
required
Where the still lies.
seconds
integer
default:5
How long.
Required range: 3 <= x <= 15
mood
string
default:calm
deprecated
Wild or calm.
shots
object[]
The shots.
Show child attributes
text
string
required
What is seen.
weights
number[]
Response
job
object
Show properties
id
string
required
The job.
note
string | null
"""

ANCHORS = """\
---
title: "Make a clip - Documentation"
---

POST

https://api.example.com

/

v1

/

clips

Make a clip

```
curl --request POST \\
  --url https://api.example.com/v1/clips \\
  --data '
{
  "still": "<string>",
  "seconds": 123,
  "mood": "<string>",
  "shots": [\\
    {\\
      "text": "<string>",\\
      "weights": [\\
        123\\
      ]\\
    }\\
  ]
}
'
```

```
{
  "job": {
    "id": "<string>",
    "note": "<string>"
  }
}
```

## [\u200b](https://docs.example.com/clips#headers)  Headers

[\u200b](https://docs.example.com/clips#param-x-team)

X-Team

string

required

Whom to bill.

## [\u200b](https://docs.example.com/clips#request-body)  Request Body

[\u200b](https://docs.example.com/clips#param-still)

still

string

required

Where the still lies.

[\u200b](https://docs.example.com/clips#param-seconds)

seconds

integer

default:5

How long.

Required range: 3 <= x <= 15

[\u200b](https://docs.example.com/clips#param-mood)

mood

string

default:"calm"

deprecated

Wild or calm.

[\u200b](https://docs.example.com/clips#param-shots)

shots

object\\[\\]

The shots.

Show properties

[\u200b](https://docs.example.com/clips#param-text)

text

string

required

What is seen.

[\u200b](https://docs.example.com/clips#param-weights)

weights

number\\[\\]

## [\u200b](https://docs.example.com/clips#response)  Response

[\u200b](https://docs.example.com/clips#param-job)

job

object

Show properties

[\u200b](https://docs.example.com/clips#param-id)

id

string

required

The job.

[\u200b](https://docs.example.com/clips#param-note)

note

string \\| null
"""

OPENAPI_YAML = """\
openapi: 3.0.1
info:
  title: Make a clip
  version: '1'
servers:
  - url: https://api.example.com
paths:
  /v1/clips:
    post:
      parameters:
        - name: X-Team
          in: header
          required: true
          schema: {type: string}
          description: Whom to bill.
      requestBody:
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/Clip'
      responses:
        '200':
          description: Made.
          content:
            application/json:
              schema:
                type: object
                properties:
                  job:
                    type: object
                    required: [id]
                    properties:
                      id: {type: string}
                      note: {type: string, nullable: true}
        '400':
          description: Refused.
          content:
            application/json:
              schema:
                type: object
                properties:
                  trouble: {type: string}
components:
  schemas:
    Still:
      type: object
      required: [still]
      properties:
        still:
          type: string
          description: Where the still lies.
    Clip:
      allOf:
        - $ref: '#/components/schemas/Still'
        - type: object
          properties:
            seconds:
              type: integer
              default: 5
              minimum: 3
              maximum: 15
            mood:
              type: string
              default: calm
              deprecated: true
            shots:
              type: array
              items:
                type: object
                required: [text]
                properties:
                  text: {type: string}
                  weights:
                    type: array
                    items: {type: number}
"""

EMBEDDED = f"# Make a clip\n\n## OpenAPI Specification\n\n```yaml\n{OPENAPI_YAML}```\n"

TABLES = """\
# Make a clip

- **Method**: POST
- **Path**: `https://api.example.com/v1/clips`

## Headers

| Parameter | Type | Required | Description |
|---|---|---|---|
| `X-Team` | string | Yes | Whom to bill. |

## Request Body

| Parameter | Type | Required | Default | Range | Description |
|---|---|---|---|---|---|
| `still` | string | Yes | - | - | Where the still lies. |
| `seconds` | integer | No | `5` | [3, 15] | How long. |
| `mood` | string | No | `"calm"` | - | Wild or calm. |
| `shots` | object[] | No | - | - | The shots. |

### shots object

| Parameter | Type | Required | Description |
|---|---|---|---|
| text | string | Yes | What is seen. |
| weights | number[] | No | How much. |

## Response

| Field | Type | Description |
|---|---|---|
| job | object | The job. |
| job.id | string | Its name. |
| job.note | string \\| null | A word. |

## Error codes

| Code | Type | Description |
|---|---|---|
| trouble | string | Refused. |
"""

OUTLINE = """\
# 生成短片

**请求方法**: `POST`
**请求地址**: `https://api.example.com/v1/clips`

## 请求头

### X-Team
*   **类型**: string
*   **必填**: 是
*   **说明**: 计费团队。

## 请求体

### still
*   **类型**: string
*   **必填**: 是

### seconds
*   **类型**: integer
*   **必填**: 否
*   **默认值**: `5`
*   **范围**: `[3, 15]`

### mood
*   **类型**: string
*   **必填**: 否
*   **默认值**: `calm`

### `shots` object[]

*   `text` **string** **required**: 画面。
*   `weights` **number[]**: 权重。

## 响应

### `job` object
*   **id** (string, 必填): 任务。
*   **note** (string | null): 备注。
"""

CARD = """\
# Make a clip

## Overview

- **Endpoint**: `https://api.example.com/v1/clips`

### Input Schema

- **`still`** (`string`, _required_):
  Where the still lies.

- **`seconds`** (`integer`, _optional_):
  How long.
  - Default: `5`
  - Range: `3` to `15`

- **`mood`** (`MoodEnum`, _optional_):
  The mood.
  - Default: `"calm"`
  - Options: `"calm"`, `"wild"`

- **`shots`** (`list<Shot>`, _optional_):
  The shots.
  - **`text`** (`string`, _required_):
    What is seen.
  - **`weights`** (`list<float>`, _optional_)

### Output Schema

- **`job`** (`Job`, _required_):
  The job.

```json
{"still": "x"}
```
"""

STRIPPED = """\
# 生成短片

## 请求头

 计费团队。

## 请求体

 图片地址，文件不能超过 10MB。

## 响应

 任务。
"""

ALL = {
    "tagged": TAGGED,
    "rendered": RENDERED,
    "anchors": ANCHORS,
    "openapi": OPENAPI_YAML,
    "embedded": EMBEDDED,
    "tables": TABLES,
    "outline": OUTLINE,
    "card": CARD,
    "stripped": STRIPPED,
}
