-- title: Packages approved by who registered them
-- group: Models
-- question: Who approved a model package that they themselves had registered? Packages registered before the time asked for are not judged.
-- param: package resource optional - part of the package's ARN
-- limit: 200
-- since: 90d
-- example: self-approved since=90d
-- expect: actor=maya.okafor@example.com | model_package=arn:aws:sagemaker:us-west-2:222222222222:model-package/loan-default/1
WITH registered AS (
    SELECT account, region, actor, known_by, eventtime,
        json_extract_scalar(responseelements, '$.modelPackageArn') AS model_package
    FROM events
    WHERE service = 'sagemaker' AND eventname = 'CreateModelPackage' AND result = 'done'
        AND (:package = '' OR strpos(mentions, lower(:package)) > 0)
),
approved AS (
    SELECT account, region, actor, known_by, eventtime,
        json_extract_scalar(requestparameters, '$.modelPackageArn') AS model_package
    FROM events
    WHERE service = 'sagemaker' AND eventname = 'UpdateModelPackage' AND result = 'done'
        AND json_extract_scalar(requestparameters, '$.modelApprovalStatus') = 'Approved'
)
SELECT a.eventtime, a.actor, a.known_by, a.account, a.region, a.model_package, r.eventtime AS registered
FROM approved a
JOIN registered r ON r.model_package = a.model_package AND r.actor = a.actor
WHERE a.known_by NOT IN ('shared role', 'service', 'unknown')
ORDER BY a.eventtime DESC
